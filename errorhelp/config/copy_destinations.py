"""Where copies of the published tree go, out of their settings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from errorhelp.config.diagnostics import Diagnostics
from errorhelp.config.secret_lookup import SecretLookup
from errorhelp.config.settings.copy_settings import CopySettings, ObjectStorageSettings
from errorhelp.config.yaml_tree import Location


@dataclass(frozen=True, slots=True)
class Bucket:
    """A place in object storage: names begin with `prefix`. Without a `secret_key` nothing can be written there."""

    endpoint: str
    region: str
    name: str
    prefix: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)

    @property
    def place(self) -> tuple[str, ...]:
        """Which place it is, whoever comes with which key: storage, bucket, and the parts of the prefix."""
        parts = self.prefix.split("/") if self.prefix else ()
        return (self.endpoint.lower(), self.name, *parts)

    def __str__(self) -> str:
        where = f"{self.name}/{self.prefix}" if self.prefix else self.name
        host = urlsplit(self.endpoint).netloc
        return f"s3://{where} at {host}"


@dataclass(frozen=True, slots=True)
class CopyDestination:
    """A copy's name and where it is: a folder, or a bucket. `lacks` says what is missing to write there."""

    id: str
    where: Path | Bucket
    lacks: str | None = None


def build_copy_destinations(
    copies: Sequence[CopySettings],
    base: Path,
    tree: Path | None,
    secrets: SecretLookup,
    diagnostics: Diagnostics,
) -> Iterator[CopyDestination]:
    """The destinations of `publish_copies`; folders are beside `base`, none may be in `tree` or around it."""
    ids: dict[str, Location] = {}
    folders: dict[Path, Location] = {} if tree is None else {tree: ("publish",)}
    places: dict[tuple[str, ...], Location] = {}
    for index, each in enumerate(copies):
        here: Location = ("publish_copies", index)
        diagnostics.check_once(ids, each.id, (*here, "id"), "is already the id of a copy")
        known_errors = len(diagnostics.errors)
        if each.s3 is not None:
            bucket = _bucket((*here, "s3"), each.s3, secrets, diagnostics)
            _check_place((*here, "s3"), bucket, places, diagnostics)
            lacking = diagnostics.errors[known_errors:]
            yield CopyDestination(each.id, bucket, lacking[0].message if lacking else None)
        elif each.folder is not None:
            folder = (base.absolute() / each.folder).resolve()
            _check_folder((*here, "folder"), folder, folders, diagnostics)
            yield CopyDestination(each.id, folder)


def copy_destinations(
    copies: Sequence[CopySettings], base: Path, environment: Mapping[str, str]
) -> tuple[CopyDestination, ...]:
    """The destinations of settings that were checked without looking secrets up, which is done now."""
    diagnostics = Diagnostics(())
    secrets = SecretLookup(base, environment, diagnostics)
    return tuple(build_copy_destinations(copies, base, None, secrets, diagnostics))


def _bucket(
    here: Location, settings: ObjectStorageSettings, secrets: SecretLookup, diagnostics: Diagnostics
) -> Bucket:
    endpoint = urlsplit(settings.endpoint)
    if endpoint.scheme == "http" and not _is_here(endpoint.hostname or ""):
        diagnostics.warn(
            (*here, "endpoint"),
            f"{settings.endpoint!r} is not encrypted: whoever is on the way can change what people read; "
            "begin it with https://",
        )
    if endpoint.path.strip("/") or endpoint.query or endpoint.username:
        diagnostics.error(
            (*here, "endpoint"),
            f"{settings.endpoint!r} names more than the storage; "
            "set bucket and prefix instead (e.g. endpoint: https://storage.example.com)",
        )
    if find_spec("obstore") is None:
        diagnostics.error(here, "needs the library obstore; install the extra: pip install 'errorhelp[s3]'")
    return Bucket(
        endpoint=settings.endpoint.rstrip("/"),
        region=settings.region,
        name=settings.bucket,
        prefix=settings.prefix,
        access_key=secrets.text((*here, "access_key"), settings.access_key),
        secret_key=secrets.secret((*here, "secret_key"), settings.secret_key) or "",
    )


def _check_place(
    here: Location, bucket: Bucket, places: dict[tuple[str, ...], Location], diagnostics: Diagnostics
) -> None:
    """Two copies are apart: what one of them has is not there for the other one to remove."""
    place = bucket.place
    for other, location in places.items():
        common = min(len(place), len(other))
        if place[:common] == other[:common]:
            diagnostics.clash(
                here, f"{bucket} is within another copy, or has it within; set another prefix", location
            )
            return
    places[place] = here


def _check_folder(
    here: Location, folder: Path, folders: dict[Path, Location], diagnostics: Diagnostics
) -> None:
    for other, location in folders.items():
        if folder.is_relative_to(other) or other.is_relative_to(folder):
            what = "the published tree" if location == ("publish",) else "another copy"
            diagnostics.clash(
                here, f"{folder} is {what}, or within it, or has it within; name another folder", location
            )
            return
    folders[folder] = here


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
