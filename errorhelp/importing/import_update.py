"""Bringing an earlier import up to date: what the source changed is taken, what an admin changed stays.

Three versions are compared, setting by setting: the last import as it was (the base), the file that an admin
may have changed since, and the new import.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from errorhelp.catalog.names import ROOT
from errorhelp.importing.edited_yaml import EditedYaml, Item
from errorhelp.importing.import_result import Imported
from errorhelp.importing.imported_ids import Ids
from errorhelp.importing.imported_yaml import folder_settings, infobase_settings, to_yaml
from errorhelp.importing.infobase_identity import FOLDER, INFOBASE, Keys, Values, mapping, same

BASE_SUFFIX = ".imported"
"""What the name of a file's base has behind that of the file."""

_COMPARED = ("name", "connect", "folder")
_COMPARED_WITHIN = ("help", "v8i")
# What the base says of a setting where there is no base: equal to nothing.
_UNKNOWN = object()


@dataclass(slots=True)
class Updated:
    """The file brought up to date, and the import as it is, which is the base of the next time.

    `new` and `gone` are ids and folder paths; `changed`, and `kept` as an admin has it against the source,
    have the names of the settings behind. `lost` are how many infobases of the base are gone, of how many.
    """

    data: bytes = b""
    base: bytes = b""
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    lost: tuple[int, int] = (0, 0)


def update(name: str, data: bytes, base: bytes | None, imported: Imported) -> Updated:
    """The file `name` with a new import worked in; without a base all in it counts as the admin's.

    ValueError, with file:line:column, for a file that cannot be changed without damage.
    """
    file, before = EditedYaml(name, data), EditedYaml(name + BASE_SUFFIX, base or b"")
    earlier = before.items("infobases")
    infobases = _Comparison(
        earlier, file.items("infobases"), map(infobase_settings, imported.infobases), INFOBASE
    )
    infobases.keep_ids()
    folders = _Comparison(
        before.items("folders"), file.items("folders"), map(folder_settings, imported.folders), FOLDER
    )
    updated = Updated(lost=(len(infobases.gone), len(earlier)))
    expected = {
        "folders": folders.work_into(file, "folders", updated),
        "infobases": infobases.work_into(file, "infobases", updated),
    }
    updated.data = file.to_bytes()
    _check(name, updated.data, expected)
    ids = [known.theirs["id"] for known in infobases.known]
    final = (replace(each, id=known_id) for each, known_id in zip(imported.infobases, ids, strict=True))
    updated.base = to_yaml(replace(imported, infobases=tuple(final)))
    return updated


def _check(name: str, data: bytes, expected: Mapping[str, Sequence[Values]]) -> None:
    """The last guard of an admin's work: the changed file says what it should, or it is not written."""
    written = EditedYaml(name, data)
    for section, values in expected.items():
        if [item.values for item in written.items(section)] != values:
            raise ValueError(f"{name}: {section} is written in a way that cannot be changed without damage")


@dataclass(slots=True)
class _KnownItem:
    """An item of the new import, and what the base and the file have of it."""

    theirs: dict[str, Any]
    base: Values | None
    mine: Item | None


class _Comparison:
    """The items of a section in the three versions: those `known`, and those in the base that are `gone`."""

    def __init__(
        self,
        base: Sequence[Item],
        mine: Sequence[Item],
        theirs: Iterable[dict[str, Any]],
        keys: Keys,
    ) -> None:
        self._mine = mine
        self.known = [_KnownItem(each, None, None) for each in theirs]
        bases, mines = [item.values for item in base], [item.values for item in mine]
        theirs_at = same([each.theirs for each in self.known], bases, keys.in_source)
        mine_at = same(bases, mines, keys.in_file)
        for at, base_at in theirs_at.items():
            self.known[at].base = bases[base_at]
            self.known[at].mine = mine[mine_at[base_at]] if base_at in mine_at else None
        # What stood in the file before it came from the source.
        strange = [each for each in self.known if each.base is None]
        taken = set(mine_at.values())
        free = [item for at, item in enumerate(mine) if at not in taken]
        found = same([each.theirs for each in strange], [item.values for item in free], keys.in_source)
        for at, free_at in found.items():
            strange[at].mine = free[free_at]
        self.gone = sorted(set(range(len(bases))).difference(theirs_at.values()))
        self._gone_of_mine = [mine[mine_at[at]] for at in self.gone if at in mine_at]

    def keep_ids(self) -> None:
        """Give each infobase the id that it has; a new one gets one that nobody has."""
        taken = Ids(
            any_id
            for item in self._mine
            for any_id in (item.values.get("id"), *_aliases(item.values))
            if any_id
        )
        for each in self.known:
            if each.mine is not None:
                each.theirs["id"] = each.mine.values.get("id")
            elif each.base is not None:
                each.theirs["id"] = each.base["id"]
            else:
                each.theirs["id"] = taken.take_another(each.theirs["id"])

    def work_into(self, file: EditedYaml, section: str, updated: Updated) -> list[Values]:
        """Change the file; what was changed, and what the section says then."""
        expected = {id(item): dict(item.values) for item in self._mine}
        for each in self.known:
            if each.mine is None:
                continue
            merged = _merge(each.base, each.mine.values, each.theirs)
            if merged.values:
                file.change(each.mine, merged.values)
                expected[id(each.mine)].update(merged.values)
            called = _called(each.mine.values)
            updated.changed += [f"{called}: {', '.join(merged.taken)}"] if merged.taken else []
            updated.kept += [f"{called}: {', '.join(merged.kept)}"] if merged.kept else []
        for item in self._gone_of_mine:
            file.comment_out(section, item, "Gone from the source")
            del expected[id(item)]
            updated.gone.append(_called(item.values))
        # What is in the base and not in the file was taken out by an admin.
        new = [each.theirs for each in self.known if each.base is None and each.mine is None]
        if new:
            file.append(section, new)
            updated.new += map(_called, new)
        return [*expected.values(), *new]


@dataclass(slots=True)
class _Merged:
    """Settings that get other values, and the names of those taken and of those kept against the source."""

    values: dict[str, Any] = field(default_factory=dict)
    taken: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)

    def takes(self, name: str, base: object, mine: object, theirs: object) -> bool:
        """Whether a setting gets the source's value; what an admin changed, too, stays."""
        if theirs in (base, mine):
            return False
        (self.taken if mine == base else self.kept).append(name)
        return mine == base


def _merge(base: Values | None, mine: Values, theirs: Values) -> _Merged:
    merged = _Merged()
    for name in _COMPARED:
        old = _UNKNOWN if base is None and name in theirs else (base or {}).get(name)
        if merged.takes(name, old, mine.get(name), theirs.get(name)):
            # Only a folder can be missing.
            merged.values[name] = theirs.get(name, ROOT)
    for name in _COMPARED_WITHIN:
        within = dict(mapping(mine, name))
        for key, value in {**dict.fromkeys(within), **mapping(theirs, name)}.items():
            old = _UNKNOWN if base is None and value is not None else mapping(base or {}, name).get(key)
            if merged.takes(f"{name} {key}", old, within.get(key), value):
                within[key] = value
                merged.values[name] = within
        if name in merged.values:
            merged.values[name] = {key: value for key, value in within.items() if value is not None}
    return merged


def _aliases(values: Values) -> list[str]:
    aliases = values.get("aliases") or []
    return [aliases] if isinstance(aliases, str) else list(aliases)


def _called(values: Values) -> str:
    return str(values.get("id") or values.get("path"))
