"""Reading a configuration: settings and a catalog, or every error in it."""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
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
from errorhelp.config.diagnostics import Diagnostics, SettingDiagnostic
from errorhelp.config.list_builder import build_lists
from errorhelp.config.notification_target_builder import build_notification_targets
from errorhelp.config.people_builder import build_people
from errorhelp.config.secret_lookup import SecretLookup
from errorhelp.config.settings.configuration import Configuration
from errorhelp.config.settings.infobase_settings import FolderSettings, InfobaseSettings, ListSettings
from errorhelp.config.settings.message_settings import WindowSettings
from errorhelp.config.target_references import TargetReferences
from errorhelp.config.valid_items import ValidItems
from errorhelp.config.validation_errors import explain
from errorhelp.config.yaml_tree import Diagnostic, Location, Value
from errorhelp.notifications.notification_target import NotificationTarget
from errorhelp.people.people import People
from errorhelp.system.file_stamps import Stamp, stamp

_Model = TypeVar("_Model", bound=BaseModel)


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
    `warnings` are what an admin should look at all the same.
    """

    settings: Configuration
    catalog: Catalog
    people: People
    digest: str
    contents: Mapping[Path, bytes]
    seen: Mapping[Path, Stamp]
    warnings: tuple[Diagnostic, ...]
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
    diagnostics = Diagnostics(settings.languages if validation.is_known("languages") else ())
    secrets = SecretLookup(base, environment, diagnostics)
    check_settings(settings, items, diagnostics, values_known=validation.is_known("message_values"))
    infobases, folders = build_infobases(items.infobases), build_folders(items.folders)
    targets = TargetIndex(infobases.values(), folders)
    references = TargetReferences(targets, validation.unreadable, diagnostics)
    # What invalid items name stands where they stand in the files.
    unmoved = Diagnostics(())
    unmoved_references = TargetReferences(targets, validation.unreadable, unmoved)
    for here, names in validation.references():
        unmoved_references.look_up(here, names)
    catalog = build_catalog(
        settings,
        infobases,
        folders,
        {each.id: each for each in build_lists(items.lists, references, secrets, diagnostics)},
        tuple(build_windows(items.windows, settings.time_zone, references, diagnostics)),
    )
    check_catalog(catalog, settings, items, diagnostics, validation.unreadable)
    by_proxy_known = validation.is_known("admin", "user_header") and validation.is_known(
        "admin", "trusted_proxies"
    )
    people = build_people(settings.admin, references, diagnostics, by_proxy_known=by_proxy_known)
    notified = build_notification_targets(
        settings.reports.forward, settings.languages[0], settings.time_zone, references, secrets, diagnostics
    )
    targets_by_id = {target.id: target for target in notified}
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
        digest=files.digest(secrets.values),
        contents=files.contents,
        seen=files.seen,
        warnings=_in_order(_placed(files, diagnostics.warnings, validation.given_at)),
        targets=targets_by_id,
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


def _names_in(item: Mapping[str, Value]) -> set[str]:
    """What others may call an item: its id and aliases, its folder or path and those above, its causes' ids."""
    aliases = item.get("aliases")
    names = {str(each) for each in (item.get("id"), *(aliases if isinstance(aliases, list) else [aliases]))}
    help_ = item.get("help")
    causes = help_.get("causes") if isinstance(help_, dict) else None
    for cause in causes if isinstance(causes, list) else []:
        names.add(str(cause.get("id")) if isinstance(cause, dict) else "")
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


def _piece_with(value: Value, location: Location) -> Location:
    """The smallest piece around a location that can be left out whole: an item of a list of sections, or a setting."""
    piece = location[:1]
    for depth, step in enumerate(location, 1):
        if isinstance(value, dict) and step in value:
            value, piece = value[str(step)], location[:depth]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            # Of a list of texts the whole: half of the languages would make errors of the others.
            return location[:depth] if isinstance(value[step], dict) else piece
        else:
            break
    return piece


def _without(value: Value, pieces: Collection[Location], here: Location = ()) -> Value:
    """The value without these pieces of it."""
    if isinstance(value, dict):
        kept = {key: each for key, each in value.items() if (*here, key) not in pieces}
        return {key: _without(each, pieces, (*here, key)) for key, each in kept.items()}
    if isinstance(value, list):
        return [
            _without(each, pieces, (*here, index))
            for index, each in enumerate(value)
            if (*here, index) not in pieces
        ]
    return value


def _at(value: Value, location: Location) -> Value:
    for step in location:
        if isinstance(value, dict):
            value = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step]
    return value


class _Validation:
    """Validates piece by piece: one error hides no other, and no other thread waits for thousands of items.

    `unreadable` are the ids and folders that pieces with errors speak of; the items of lists within a section close
    up where one is left out.
    """

    def __init__(self, files: Files) -> None:
        self.errors: list[Diagnostic] = []
        self.unreadable: set[str] = set()
        self._left_out: set[Location] = set()
        self._files = files
        self._references: list[tuple[Location, Sequence[str]]] = []

    def items(self, name: str, model: type[_Model]) -> dict[int, _Model]:
        """The valid items of a list, by index."""
        valid: dict[int, _Model] = {}
        for index, value in enumerate(self._files.items.get(name, ())):
            try:
                valid[index] = model.model_validate(value)
            except ValidationError as error:
                self._note(error, model, (name, index))
                self._read_names((name, index), value)
        return valid

    def references(self) -> Sequence[tuple[Location, Sequence[str]]]:
        """What items with errors name as targets, so that an error in it is not hidden by another."""
        return self._references

    def settings(self) -> Configuration:
        """The remaining settings, with the default in place of one that is not valid, and without invalid items."""
        valid: dict[str, Value] = {}
        for name, value in self._files.values.items():
            given: Value = {name: value}
            try:
                Configuration.model_validate(given)
            except ValidationError as error:
                self._note(error, Configuration, ())
                pieces = {_piece_with(given, details["loc"]) for details in error.errors(include_url=False)}
                self._left_out |= pieces
                for piece in pieces:
                    self._read_names(piece, _at(given, piece))
                given = _without(given, pieces)
                try:
                    Configuration.model_validate(given)
                except ValidationError:
                    # Its parts are not valid without each other.
                    self._left_out.add((name,))
                    continue
            if isinstance(given, dict):
                valid |= given
        return Configuration.model_validate(valid)

    def is_known(self, *setting: str) -> bool:
        """Whether a setting is as somebody meant it: nothing invalid was left out there, above it or below it."""
        return not any(piece[: len(setting)] == setting[: len(piece)] for piece in self._left_out)

    def given_at(self, location: Location) -> Location:
        """Where in the files stands what is at a location of the `settings`, whose lists lack invalid items."""
        for depth, step in enumerate(location):
            if isinstance(step, int):
                for index in sorted(
                    int(piece[depth])
                    for piece in self._left_out
                    if len(piece) == depth + 1 and piece[:depth] == location[:depth]
                ):
                    step += index <= step
                return (*location[:depth], step, *location[depth + 1 :])
        return location

    def _read_names(self, piece: Location, value: Value) -> None:
        if isinstance(value, dict):
            self.unreadable |= _names_in(value)
            self._references += _references_in(value, piece)

    def _note(self, error: ValidationError, model: type[BaseModel], here: Location) -> None:
        self.errors += [
            self._files.diagnostic((*here, *location), message, key=is_key)
            for location, message, is_key in explain(error, model)
        ]
