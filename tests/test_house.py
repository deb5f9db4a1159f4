"""The house: what stands where, beside what the contracts of imports hold."""

import ast
from collections import defaultdict
from pathlib import Path

import errorhelp

PACKAGE = Path(errorhelp.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


def test_nothing_lies_loose_at_the_top_of_the_package() -> None:
    assert {each.name for each in PACKAGE.glob("*.py")} == {"__init__.py", "__main__.py"}


def test_a_class_name_stands_once() -> None:
    modules = defaultdict(list)
    for module in MODULES:
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                modules[node.name].append(module.relative_to(PACKAGE).as_posix())
    assert {name: found for name, found in modules.items() if len(found) > 1} == {}


def test_a_file_name_stands_once_but_for_the_commands_named_by_their_words() -> None:
    modules = defaultdict(list)
    for module in MODULES:
        if module.name != "__init__.py" and module.parent.name != "cli":
            modules[module.name].append(module.relative_to(PACKAGE).as_posix())
    assert {name: found for name, found in modules.items() if len(found) > 1} == {}
