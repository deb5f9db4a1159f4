"""What the web server in front serves: hosts with their certificates, and publications with what is behind them."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from yarl import URL

from errorhelp.catalog.infobase import Infobase

_STEP = re.compile(r"[\w.~-]+")
_HOST = re.compile(r"[\w.-]+", re.ASCII)
_HOST_AND_PORT = re.compile(r"(?:[\w.-]+|\[[0-9a-f:.]+\]):0*[1-9]\d*", re.ASCII | re.IGNORECASE)
# In a path nginx or Apache take them for the beginning of a value, the end of a text, or for any name.
_NOT_IN_PATHS = re.compile(r"[$%*?\[\]]")
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
        # No two hosts have one: 1c-hr.example.com is not 1c.hr.example.com.
        name = self.name.replace("_", "__").replace(".", "_")
        return f"publication_{name}" if self.port == 443 else f"publication_{name}_{self.port}"

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
    """All sites, and how many publications are `left_out` of each host for which no backend is set.

    `unusable` says of others that are left out why they cannot be written down.
    """

    tree: str
    services: tuple[str, ...]
    sites: tuple[FrontSite, ...]
    left_out: Mapping[str, int]
    unusable: tuple[str, ...] = ()

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


def sites_of(
    infobases: Iterable[Infobase],
    public_url: str,
    front: FrontSettings,
    *,
    languages: Collection[str] = (),
    case_counts: bool = True,
) -> Sites:
    """The sites for errorhelp's own address and for the publications; UnusableSites names what is missing.

    Publications that cannot be served are left out, such as one in the place of the overview in one of the
    `languages`. Where case does not count, as with IIS, addresses that only it tells apart are refused.
    """
    own = _own_address(public_url)
    _check(front)
    publications: dict[URL, list[SitePublication]] = {}
    left_out: dict[str, int] = {}
    taken: dict[str, str] = {}
    unusable: list[str] = []
    for infobase in infobases:
        for each in infobase.publications:
            url = URL(each.url)
            host = url.raw_host or ""
            if host not in front.hosts or front.hosts[host].backend is None:
                left_out[host] = left_out.get(host, 0) + 1
                continue
            try:
                path = _path(url, infobase.id, languages if url.origin() == own else ())
            except UnusableSites as error:
                unusable.append(str(error))
                continue
            found = SitePublication(path, infobase.id, each.worker)
            alike = f"{url.origin()}{found.path}"
            if not case_counts and taken.setdefault(alike.casefold(), alike) != alike:
                raise UnusableSites(
                    f"IIS does not tell {taken[alike.casefold()]} and {alike} apart; publish one under another name"
                )
            publications.setdefault(url.origin(), []).append(found)
    sites = [
        _site(origin, front, tuple(sorted(publications[origin]))) for origin in sorted(publications, key=str)
    ]
    if own not in publications:
        sites = _joined(sites, _site(own, front, ()))
    return Sites(front.tree, front.services, tuple(sites), dict(sorted(left_out.items())), tuple(unusable))


def _own_address(public_url: str) -> URL:
    if not public_url:
        raise UnusableSites(
            "set public.url, the address under which clients reach errorhelp through the web server"
        )
    url = URL(public_url)
    if url.path.strip("/"):
        raise UnusableSites(f"public.url {public_url!r} has a path; errorhelp needs a host name to itself")
    if not _HOST.fullmatch(url.raw_host or ""):
        raise _not_an_address("public.url", public_url)
    return url.origin()


def _check(front: FrontSettings) -> None:
    """UnusableSites for what would be something else in the file than the word that it is."""
    for name, host in front.hosts.items():
        if not _HOST.fullmatch(name):
            raise _not_an_address("web_server.hosts", name)
        if host.backend is not None:
            url = URL(host.backend)
            if not _HOST_AND_PORT.fullmatch(f"{url.host_subcomponent}:{url.port}"):
                raise _not_an_address("web_server.hosts", host.backend)
    for service in front.services:
        if not _HOST_AND_PORT.fullmatch(service):
            raise _not_an_address("web_server.service", service)
    if found := _NOT_IN_PATHS.search(front.tree) or re.search('"', front.tree):
        raise _not_a_path(front.tree, found.group())
    for certificate in (front.certificate, *(host.certificate for host in front.hosts.values())):
        for path in (certificate.file, certificate.key) if certificate else ():
            if found := _NOT_IN_PATHS.search(path):
                raise _not_a_path(path, found.group())


def _not_an_address(setting: str, address: str) -> UnusableSites:
    return UnusableSites(
        f"{address!r} in {setting} cannot be written down: it needs the name of a host, of letters, digits, '.', '_' "
        "and '-', and no port 0"
    )


def _not_a_path(path: str, character: str) -> UnusableSites:
    return UnusableSites(
        f"the path {path!r} cannot be written down: {character!r} means something to web servers; "
        "choose a path without it"
    )


def _path(url: URL, infobase_id: str, languages: Collection[str]) -> str:
    """The path of a publication; UnusableSites if it cannot be served, with what to do."""
    steps = url.path.strip("/").split("/")
    if not all(map(_STEP.fullmatch, steps)) or url.query_string:
        raise UnusableSites(
            f"the publication {str(url)!r} of {infobase_id} is left out: its address needs a path of "
            "letters, digits, '.', '_', '~' and '-', and nothing behind it; give the infobase such an address under "
            "publications, or none: []"
        )
    if steps[0] in _OWN_PATHS or steps[0] in languages or steps[0].startswith(_OWN_PREFIX):
        raise UnusableSites(
            f"the publication {str(url)!r} of {infobase_id} is left out: it lies where errorhelp's own addresses are; "
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
