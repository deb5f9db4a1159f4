"""What the web server in front serves: hosts with their certificates, and publications with what is behind them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from yarl import URL

from errorhelp.catalog.infobase import Infobase

_STEP = re.compile(r"[\w.~-]+")
_OWN_PATHS = ("feedback", "help", "lists", "offline", "planned", "reports")
_DEFAULT_PORTS = (80, 443)
_OWN_PREFIX = "errorhelp-"


class UnusableSites(ValueError):
    """Settings that no web server's configuration can be written from, and what to do."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """The files of a certificate and of its key, as the web server names them."""

    file: str
    key: str


@dataclass(frozen=True, slots=True)
class Host:
    """What is set for a host name: the origin of the web server of 1C behind it, and a certificate of its own."""

    backend: str | None = None
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True)
class FrontSettings:
    """What publications do not say: the tree's folder, each public listener as host:port, the hosts by name."""

    tree: str
    services: tuple[str, ...]
    certificate: Certificate | None = None
    hosts: Mapping[str, Host] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class SitePublication:
    """A publication on its host: its path without a slash at its end, the id, whether a worker guards it."""

    path: str
    infobase: str
    worker: bool

    @property
    def depth(self) -> int:
        """How many steps its path has."""
        return self.path.count("/")


@dataclass(frozen=True, slots=True)
class FrontSite:
    """Host names that are served alike, at a port; without a certificate it is one without TLS.

    `backend` is the origin of the web server of 1C for the `publications`, which come in the order of their paths.
    """

    names: tuple[str, ...]
    port: int
    certificate: Certificate | None
    backend: str = ""
    publications: tuple[SitePublication, ...] = ()

    @property
    def name(self) -> str:
        """The first of its names."""
        return self.names[0]

    @property
    def authority(self) -> str:
        """Its first name, with the port where addresses have one: as requests name it in Host."""
        return self.name if self.port in _DEFAULT_PORTS else f"{self.name}:{self.port}"

    @property
    def backend_name(self) -> str:
        """The backend as a word."""
        return "publication_" + re.sub(
            r"\W", "_", self.name if self.port == 443 else f"{self.name}_{self.port}"
        )

    @property
    def backend_address(self) -> str:
        """The backend as host:port."""
        url = URL(self.backend)
        return f"{url.host_subcomponent}:{url.port}"

    @property
    def backend_scheme(self) -> str:
        """How the backend is asked: http or https."""
        return URL(self.backend).scheme


@dataclass(frozen=True, slots=True)
class Sites:
    """All sites, and how many publications are `left_out` of each host for which no backend is set."""

    tree: str
    services: tuple[str, ...]
    sites: tuple[FrontSite, ...]
    left_out: Mapping[str, int]

    @property
    def depths(self) -> list[int]:
        """How many steps the paths of publications with a worker have."""
        return sorted({each.depth for site in self.sites for each in site.publications if each.worker})

    @property
    def backends(self) -> Mapping[str, str]:
        """The backend of each host, as requests name it, with and without TLS."""
        return {site.authority: site.backend for site in self.sites if site.publications}

    @property
    def publications(self) -> Mapping[str, SitePublication]:
        """Each publication by host, as requests name it, and path, with and without TLS."""
        return {f"{site.authority}{each.path}": each for site in self.sites for each in site.publications}

    @property
    def all_depths(self) -> list[int]:
        """How many steps the paths of publications have."""
        return sorted({each.depth for site in self.sites for each in site.publications})

    @property
    def have_publications(self) -> bool:
        """Whether there is a publication at all."""
        return any(site.publications for site in self.sites)

    @property
    def only_with_tls(self) -> list[str]:
        """The names that are served with TLS at its own port, and not without."""
        plain = {name for site in self.sites if site.certificate is None for name in site.names}
        return [
            name
            for site in self.sites
            if site.certificate is not None and site.port == 443
            for name in site.names
            if name not in plain
        ]


def sites_of(infobases: Iterable[Infobase], public_url: str, front: FrontSettings) -> Sites:
    """The sites for errorhelp's own address and for the publications; UnusableSites names what is missing."""
    own = _own_address(public_url)
    publications: dict[URL, list[SitePublication]] = {}
    left_out: dict[str, int] = {}
    for infobase in infobases:
        for each in infobase.publications:
            url = URL(each.url)
            host = url.raw_host or ""
            if host not in front.hosts or front.hosts[host].backend is None:
                left_out[host] = left_out.get(host, 0) + 1
                continue
            found = SitePublication(_path(url, infobase.id), infobase.id, each.worker)
            publications.setdefault(url.origin(), []).append(found)
    sites = [
        _site(origin, front, tuple(sorted(publications[origin]))) for origin in sorted(publications, key=str)
    ]
    if own not in publications:
        sites = _joined(sites, _site(own, front, ()))
    return Sites(front.tree, front.services, tuple(sites), dict(sorted(left_out.items())))


def _own_address(public_url: str) -> URL:
    if not public_url:
        raise UnusableSites(
            "set public.url, the address under which clients reach errorhelp through the web server"
        )
    url = URL(public_url)
    if url.path.strip("/"):
        raise UnusableSites(f"public.url {public_url!r} has a path; errorhelp needs a host name to itself")
    return url.origin()


def _path(url: URL, infobase_id: str) -> str:
    steps = url.path.strip("/").split("/")
    if not all(map(_STEP.fullmatch, steps)) or url.query_string:
        raise UnusableSites(
            f"the publication {str(url)!r} of {infobase_id} cannot be written down: its address needs a path of "
            "letters, digits, '.', '_', '~' and '-', and nothing behind it"
        )
    if steps[0] in _OWN_PATHS or steps[0].startswith(_OWN_PREFIX):
        raise UnusableSites(
            f"the publication {str(url)!r} of {infobase_id} lies where errorhelp's own addresses are; "
            "publish it under another name"
        )
    return "/" + "/".join(steps)


def _site(origin: URL, front: FrontSettings, publications: tuple[SitePublication, ...]) -> FrontSite:
    name, host = origin.raw_host or "", front.hosts.get(origin.raw_host or "", Host())
    certificate = None
    if origin.scheme == "https":
        certificate = host.certificate or front.certificate
        if certificate is None:
            raise UnusableSites(
                f"set web_server.certificate and web_server.key, the files that {name} is served with"
            )
    return FrontSite((name,), origin.port or 443, certificate, host.backend or "", publications)


def _joined(sites: list[FrontSite], own: FrontSite) -> list[FrontSite]:
    """The sites with errorhelp's own name, which one with the same certificate can serve too."""
    for number, site in enumerate(sites):
        if (site.port, site.certificate) == (own.port, own.certificate):
            return [*sites[:number], replace(site, names=(*site.names, *own.names)), *sites[number + 1 :]]
    return [own, *sites]
