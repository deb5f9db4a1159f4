"""Reading a configuration: settings and a catalog, or every mistake in it."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.names import ancestors, check_folder
from errorhelp.catalog.targets import TargetIndex
from errorhelp.config.catalog_builder import build_catalog, build_folders, build_infobases, build_windows
from errorhelp.config.configuration_files import Files
from errorhelp.config.cross_checks import check_catalog, check_settings
from errorhelp.config.list_builder import build_lists
from errorhelp.config.notification_target_builder import build_notification_targets
from errorhelp.config.people_builder import build_people
from errorhelp.config.remarks import Remark, Remarks
from errorhelp.config.secret_lookup import SecretLookup
from errorhelp.config.settings.configuration import Configuration
from errorhelp.config.settings.infobase_settings import FolderSettings, InfobaseSettings, ListSettings
from errorhelp.config.settings.message_settings import WindowSettings
from errorhelp.config.target_references import TargetReferences
from errorhelp.config.valid_items import ValidItems
from errorhelp.config.validation_errors import explain
from errorhelp.config.yaml_tree import Location, Mistake, Value
from errorhelp.notifications.notification_target import NotificationTarget
from errorhelp.people.people import People
from errorhelp.system.file_stamps import Stamp, stamp

_Model = TypeVar("_Model", bound=BaseModel)


class ConfigurationError(ValueError):
    """A configuration that cannot be used, with all its mistakes; `seen` as in `Loaded`."""

    def __init__(self, mistakes: Sequence[Mistake], seen: Mapping[Path, Stamp]) -> None:
        self.mistakes = _in_order(mistakes)
        self.seen = seen
        super().__init__("\n".join(map(str, self.mistakes)))


@dataclass(frozen=True, slots=True)
class Loaded:
    """A good configuration.

    `settings` holds what is not in the `catalog` (no folders, infobases, lists or windows); `people` are those
    who may come in; `targets`, by id, those who are notified of problems; `digest` names exactly these `contents`,
    those of each file, the main one first; `seen` is how the files and their folders looked just before;
    `warnings` are what an admin should look at all the same.
    """

    settings: Configuration
    catalog: Catalog
    people: People
    digest: str
    contents: Mapping[Path, bytes]
    seen: Mapping[Path, Stamp]
    warnings: tuple[Mistake, ...]
    targets: Mapping[str, NotificationTarget]

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that were read."""
        return tuple(self.contents)

    @property
    def tree(self) -> Path | None:
        """The folder of the published tree, if one is kept."""
        if not self.settings.publish:
            return None
        return (self.files[0].absolute().parent / self.settings.publish).resolve()


def load(file: Path, environment: Mapping[str, str] | None = os.environ) -> Loaded:
    """The configuration in `file` and the files it includes; ConfigurationError has all that is wrong.

    `environment` is where secrets given as `{env: NAME}` are looked up; None: no secret is looked up.
    """
    files = Files()
    files.read(file)
    return _loaded(files, file.parent, environment)


def load_copy(contents: Mapping[Path, bytes]) -> Loaded:
    """A configuration from a copy of its files, the main one first; secrets are not looked up."""
    files = Files()
    for file, text in contents.items():
        files.take(file, text)
    return _loaded(files, next(iter(contents)).parent, None)


def _loaded(files: Files, base: Path, environment: Mapping[str, str] | None) -> Loaded:
    validation = _Validation(files)
    items = ValidItems(
        folders=validation.items("folders", FolderSettings),
        infobases=validation.items("infobases", InfobaseSettings),
        lists=validation.items("lists", ListSettings),
        windows=validation.items("maintenance_windows", WindowSettings),
    )
    settings = validation.settings()
    remarks = Remarks(settings.languages if validation.languages_known else ())
    secrets = SecretLookup(base, environment, remarks)
    check_settings(settings, items, remarks)
    infobases, folders = build_infobases(items.infobases), build_folders(items.folders)
    references = TargetReferences(TargetIndex(infobases.values(), folders), validation.unreadable, remarks)
    for here, names in validation.references():
        references.look_up(here, names)
    catalog = build_catalog(
        settings,
        infobases,
        folders,
        {each.id: each for each in build_lists(items.lists, references, secrets, remarks)},
        tuple(build_windows(items.windows, settings.time_zone, references, remarks)),
    )
    check_catalog(catalog, settings, items, remarks)
    people = build_people(settings.admin, references, remarks)
    targets = build_notification_targets(
        settings.reports.forward, settings.languages[0], settings.time_zone, references, secrets, remarks
    )
    targets_by_id = {target.id: target for target in targets}
    mistakes = files.mistakes + validation.mistakes
    if files.is_whole:
        mistakes += _placed(files, remarks.mistakes)
    for secret_file in secrets.files:
        files.seen[secret_file] = stamp(secret_file)
    if mistakes:
        raise ConfigurationError(mistakes, files.seen)
    return Loaded(
        settings=settings,
        catalog=catalog,
        people=people,
        digest=files.digest(secrets.values),
        contents=files.contents,
        seen=files.seen,
        warnings=_in_order(_placed(files, remarks.warnings)),
        targets=targets_by_id,
    )


def _in_order(mistakes: Iterable[Mistake]) -> tuple[Mistake, ...]:
    """As they stand in the files."""
    return tuple(sorted(mistakes, key=lambda each: (each.place.file, each.place.line, each.place.column)))


def _placed(files: Files, remarks: Iterable[Remark]) -> Iterator[Mistake]:
    for each in remarks:
        yield files.mistake(each.location, each.message, key=each.key, other=each.other)


def _names_in(item: Mapping[str, Value]) -> set[str]:
    """What a list or window may call an item: its id and aliases, its folder or path and those above."""
    aliases = item.get("aliases")
    names = {str(each) for each in (item.get("id"), *(aliases if isinstance(aliases, list) else [aliases]))}
    for folder in (item.get("folder"), item.get("path")):
        with suppress(ValueError):
            names.update(ancestors(check_folder(str(folder))))
    return names


def _references_in(item: Mapping[str, Value], here: Location) -> Iterator[tuple[Location, Sequence[str]]]:
    """The targets that a list or window names, as far as they are texts."""
    for name in ("targets", "folders", "infobases"):
        given = item.get(name)
        given = [given] if isinstance(given, str) else given
        if isinstance(given, list) and all(isinstance(each, str) for each in given):
            yield (*here, name), [str(each) for each in given]


class _Validation:
    """Validates piece by piece: one mistake hides no other, and no other thread waits for thousands of items.

    `unreadable` are the ids and folders that pieces with mistakes speak of.
    """

    def __init__(self, files: Files) -> None:
        self.mistakes: list[Mistake] = []
        self.unreadable: set[str] = set()
        self.languages_known = True
        self._files = files
        self._references: list[tuple[Location, Sequence[str]]] = []

    def items(self, name: str, model: type[_Model]) -> dict[int, _Model]:
        """The valid items of a list, by index."""
        valid: dict[int, _Model] = {}
        for index, value in enumerate(self._files.items.get(name, ())):
            item = self._validate(model, value, (name, index))
            if item is not None:
                valid[index] = item
            elif isinstance(value, dict):
                self.unreadable |= _names_in(value)
                self._references += _references_in(value, (name, index))
        return valid

    def references(self) -> Sequence[tuple[Location, Sequence[str]]]:
        """What items with mistakes name as targets, so that a mistake in it is not hidden by another."""
        return self._references

    def settings(self) -> Configuration:
        """The remaining settings, with the default in place of one that is not valid."""
        valid = {
            name: value
            for name, value in self._files.values.items()
            if self._validate(Configuration, {name: value}, ()) is not None
        }
        self.languages_known = valid.keys() >= self._files.values.keys() & {"languages"}
        return Configuration.model_validate(valid)

    def _validate(self, model: type[_Model], value: object, here: Location) -> _Model | None:
        try:
            return model.model_validate(value)
        except ValidationError as error:
            self.mistakes += [
                self._files.mistake((*here, *location), message, key=is_key)
                for location, message, is_key in explain(error, model)
            ]
            return None
