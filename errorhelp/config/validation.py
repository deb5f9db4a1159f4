"""Validation of what files hold, piece by piece, so that one error hides no other."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from errorhelp.catalog.names import ancestors, check_folder
from errorhelp.config.configuration_files import Files
from errorhelp.config.settings.configuration import Configuration
from errorhelp.config.validation_errors import explain
from errorhelp.config.yaml_tree import Diagnostic, Location, Value

_Model = TypeVar("_Model", bound=BaseModel)
_Built = TypeVar("_Built")


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


class Validation:
    """Validates piece by piece: one error hides no other, and no other thread waits for thousands of items.

    `unreadable` are the ids and folders that pieces with errors speak of; the items of lists within a section close
    up where one is left out.
    """

    def __init__(self, files: Files) -> None:
        self.errors: list[Diagnostic] = []
        self.unreadable: set[str] = set()
        self._left_out: set[Location] = set()
        self._spoiled: set[str] = set()
        self._files = files
        self._references: list[tuple[Location, Sequence[str]]] = []

    def items(self, name: str, model: type[_Model]) -> dict[int, _Model]:
        """The valid items of a list, by index."""
        return self.built_items(name, model, lambda item: item, {})

    def built_items(
        self,
        name: str,
        model: type[_Model],
        build: Callable[[_Model], _Built],
        known: Mapping[bytes, _Built],
    ) -> dict[int, _Built]:
        """What is built of the valid items of a list, by index; of those `known` by their text it is there already."""
        valid: dict[int, _Built] = {}
        for index, item in enumerate(self._files.items(name, known)):
            if isinstance(item, bytes):
                valid[index] = known[item]
                continue
            try:
                valid[index] = build(model.model_validate(item))
            except ValidationError as error:
                self._spoiled.add(name)
                self._note(error, model, (name, index))
                self._read_names((name, index), item)
        return valid

    def are_all_valid(self, name: str) -> bool:
        """Whether every item of a list was valid."""
        return name not in self._spoiled

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
