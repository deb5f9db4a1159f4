"""Reading a configuration: settings and a catalog, or every error in it."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.targets import TargetIndex
from errorhelp.config import item_texts
from errorhelp.config.catalog_builder import (
    InfobaseBuilder,
    ReadInfobase,
    build_catalog,
    build_folders,
    build_windows,
)
from errorhelp.config.configuration_files import Files
from errorhelp.config.copy_destinations import CopyDestination, build_copy_destinations, copy_destinations
from errorhelp.config.cross_checks import check_catalog, check_settings
from errorhelp.config.diagnostics import Diagnostics, SettingDiagnostic
from errorhelp.config.item_texts import UnusualItem
from errorhelp.config.list_builder import build_lists
from errorhelp.config.logo_reading import read_logo
from errorhelp.config.notification_target_builder import build_notification_targets
from errorhelp.config.people_builder import build_people
from errorhelp.config.publication_builder import InheritedPublications
from errorhelp.config.secret_lookup import SecretLookup
from errorhelp.config.settings.configuration import Configuration
from errorhelp.config.settings.infobase_settings import (
    FolderSettings,
    InfobaseSettings,
    ListSettings,
    PublicationSettings,
)
from errorhelp.config.settings.message_settings import WindowSettings
from errorhelp.config.target_references import TargetReferences
from errorhelp.config.valid_items import ValidItems
from errorhelp.config.validation import Validation
from errorhelp.config.yaml_tree import Diagnostic, Location
from errorhelp.notifications.notification_target import NotificationTarget
from errorhelp.people.people import People
from errorhelp.system.file_stamps import Stamp, stamp
from errorhelp.system.garbage_collection import uncollected
from errorhelp.system.memory import free


class ConfigurationError(ValueError):
    """A configuration that cannot be used, with all its errors; `seen` as in `Loaded`."""

    def __init__(self, errors: Sequence[Diagnostic], seen: Mapping[Path, Stamp]) -> None:
        self.errors = _in_order(errors)
        self.seen = seen
        super().__init__("\n".join(map(str, self.errors)))


@dataclass(frozen=True, slots=True)
class Loaded:
    """A good configuration.

    `settings` holds what is not in the `catalog` (no folders, infobases, lists or windows); `people` are those
    who may come in; `targets`, by id, those who are notified of problems; `digest` names exactly these `contents`,
    those of each file, the main one first; `seen` is how the files and their folders looked just before;
    `warnings` are what an admin should look at all the same; `copies` are where copies of the tree go. For reading it
    again: `infobase_files` are the files with infobases in the catalog's order, with how many, and the bounds of those
    that were read one by one; `own_publications` are what infobases say themselves of theirs, by id.
    """

    settings: Configuration
    catalog: Catalog
    people: People
    digest: str
    contents: Mapping[Path, bytes]
    seen: Mapping[Path, Stamp]
    warnings: tuple[Diagnostic, ...]
    targets: Mapping[str, NotificationTarget]
    infobase_files: tuple[tuple[Path, int, Sequence[int]], ...]
    own_publications: Mapping[str, Sequence[PublicationSettings]]
    copies: tuple[CopyDestination, ...]

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that were read."""
        return tuple(self.contents)

    @property
    def tree(self) -> Path | None:
        """The folder of the published tree, if one is kept."""
        return _tree(self.settings, self.files[0].parent)

    def copies_by(self, environment: Mapping[str, str]) -> tuple[CopyDestination, ...]:
        """Where copies go, with the keys that are found now, for what was loaded without looking secrets up."""
        return copy_destinations(self.settings.publish_copies, self.files[0].parent, environment)


def _tree(settings: Configuration, base: Path) -> Path | None:
    return (base.absolute() / settings.publish).resolve() if settings.publish else None


def load(
    file: Path, environment: Mapping[str, str] | None = os.environ, before: Loaded | None = None
) -> Loaded:
    """The configuration in `file` and the files it includes; ConfigurationError has all that is wrong.

    `environment` is where secrets given as `{env: NAME}` are looked up; None: no secret is looked up. Infobases that
    stand in the files as they did `before` are taken from there, which spares nearly all of the time.
    """
    return _read(lambda files: files.read(file), file.parent, environment, before)


def load_copy(contents: Mapping[Path, bytes]) -> Loaded:
    """A configuration from a copy of its files, the main one first; secrets are not looked up.

    The logo, of which there is no copy, is that of now, or none if that cannot be used.
    """

    def take(files: Files) -> None:
        for file, text in contents.items():
            files.take(file, text)

    return _read(take, next(iter(contents)).parent, None, None, is_copy=True)


def _read(
    take: Callable[[Files], object],
    base: Path,
    environment: Mapping[str, str] | None,
    before: Loaded | None,
    *,
    is_copy: bool = False,
) -> Loaded:
    files, known = Files(), _known_infobases(before)
    try:
        take(files)
        return _loaded(files, base, environment, known, is_copy=is_copy)
    except UnusualItem:
        files = Files(divided=False)
        take(files)
        return _loaded(files, base, environment, {}, is_copy=is_copy)
    finally:
        free(known)
        files.free()


def _known_infobases(before: Loaded | None) -> dict[bytes, ReadInfobase]:
    """The infobases of a configuration by the texts that they stand in, as far as those were read one by one."""
    known: dict[bytes, ReadInfobase] = {}
    if before is not None:
        infobases = iter(before.catalog.infobases.values())
        for file, count, bounds in before.infobase_files:
            of_file = [*islice(infobases, count)]
            texts = item_texts.cut(before.contents[file], bounds) if bounds else ()
            # One call for all of them would hold every other thread.
            for text, infobase in zip(texts, of_file, strict=False):
                known[text] = infobase, before.own_publications.get(infobase.id)
    return known


def _loaded(
    files: Files,
    base: Path,
    environment: Mapping[str, str] | None,
    known: Mapping[bytes, ReadInfobase],
    *,
    is_copy: bool,
) -> Loaded:
    validation = Validation(files)
    read = validation.built_items("infobases", InfobaseSettings, InfobaseBuilder().build, known)
    items = ValidItems(
        folders=validation.items("folders", FolderSettings),
        infobases={index: infobase for index, (infobase, _) in read.items()},
        own_publications={index: own for index, (_, own) in read.items() if own is not None},
        lists=validation.items("lists", ListSettings),
        windows=validation.items("maintenance_windows", WindowSettings),
    )
    free(read)
    settings = validation.settings()
    diagnostics = Diagnostics(settings.languages if validation.is_known("languages") else ())
    secrets = SecretLookup(base, environment, diagnostics)
    check_settings(settings, items, diagnostics, values_known=validation.is_known("message_values"))
    publications = InheritedPublications(settings.publications, items.folders)
    infobases = publications.given_to(items, diagnostics, folders_known=validation.are_all_valid("folders"))
    folders = build_folders(items.folders)
    targets = TargetIndex(infobases, folders)
    references = TargetReferences(targets, validation.unreadable, diagnostics)
    # What invalid items name stands where they stand in the files.
    unmoved = Diagnostics(())
    unmoved_references = TargetReferences(targets, validation.unreadable, unmoved)
    for here, names in validation.references():
        unmoved_references.look_up(here, names)
    logo = None
    if settings.public.logo is not None:
        logo_file = base / settings.public.logo
        files.seen[logo_file] = stamp(logo_file)
        logo = read_logo(logo_file, ("public", "logo"), Diagnostics(()) if is_copy else diagnostics)
    catalog = build_catalog(
        settings,
        infobases,
        folders,
        {each.id: each for each in build_lists(items.lists, references, secrets, diagnostics)},
        tuple(build_windows(items.windows, settings.time_zone, references, diagnostics)),
        files.revised_at,
        logo,
    )
    catalog.prepare(targets)
    for collection in catalog.collections:
        uncollected(collection)
    check_catalog(catalog, settings, items, diagnostics, validation.unreadable)
    by_proxy_known = validation.is_known("admin", "user_header") and validation.is_known(
        "admin", "trusted_proxies"
    )
    people = build_people(settings.admin, references, diagnostics, by_proxy_known=by_proxy_known)
    notified = build_notification_targets(
        settings.reports.forward,
        settings.languages[0],
        settings.time_zone,
        catalog.public_url,
        references,
        secrets,
        diagnostics,
    )
    targets_by_id = {target.id: target for target in notified}
    copies = tuple(
        build_copy_destinations(settings.publish_copies, base, _tree(settings, base), secrets, diagnostics)
    )
    errors = files.errors + validation.errors
    if files.is_whole:
        errors += _placed(files, diagnostics.errors, validation.given_at)
        errors += _placed(files, unmoved.errors, lambda location: location)
    for secret_file in secrets.files:
        files.seen[secret_file] = stamp(secret_file)
    if errors:
        raise ConfigurationError(errors, files.seen)
    return Loaded(
        settings=settings,
        catalog=catalog,
        people=people,
        digest=files.digest([*secrets.values, *([logo.url] if logo else [])]),
        contents=files.contents,
        seen=files.seen,
        warnings=_in_order(_placed(files, diagnostics.warnings, validation.given_at)),
        targets=targets_by_id,
        infobase_files=files.counts("infobases"),
        own_publications={items.infobases[index].id: own for index, own in items.own_publications.items()},
        copies=copies,
    )


def _in_order(errors: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """As they stand in the files."""
    return tuple(sorted(errors, key=lambda each: (each.place.file, each.place.line, each.place.column)))


def _placed(
    files: Files, diagnostics: Iterable[SettingDiagnostic], given_at: Callable[[Location], Location]
) -> Iterator[Diagnostic]:
    for each in diagnostics:
        other = each.other and given_at(each.other)
        yield files.diagnostic(given_at(each.location), each.message, key=each.key, other=other)
