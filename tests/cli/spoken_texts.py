"""The texts that commands have for people, as the source has them: what a catalogue must translate."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import errorhelp

PACKAGE = Path(errorhelp.__file__).parent
# A sentence, or the start of one: words with a space between, or a label with its colon.
_WORDS = re.compile(r"[A-Za-z]{2,}[,:;]? [A-Za-z(]|[a-z]{3,}: ")
_NOT_FOR_PEOPLE = {"info", "warning_", "debug", "getLogger", "compile", "TypeVar", "send"}


def texts_of(module: Path) -> set[str]:
    """The texts in a module's functions and tables, places in them as `{name}`; docstrings are none."""
    tree = ast.parse(module.read_text("utf-8"))
    return {text for text in _texts(tree) if _WORDS.search(re.sub(r"\{\w+\}", "", text))}


def _texts(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Expr(value=ast.Constant()):
            return
        case ast.Call() if _called(node) in _NOT_FOR_PEOPLE:
            return
        case ast.Call(func=ast.Attribute(value=ast.Name(id="log"))):
            return
        case ast.Constant(value=str(text)):
            yield _escaped(text)
        case ast.JoinedStr(values=parts):
            yield template(node)
            for part in parts:
                if isinstance(part, ast.FormattedValue):
                    yield from _texts(part.value)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _texts(child)


def template(node: ast.JoinedStr) -> str:
    """An f-string with the name of what is put in at each place."""
    names: list[str] = []
    parts: list[str] = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(_escaped(str(part.value)))
        elif isinstance(part, ast.FormattedValue):
            name = _name(part.value)
            same = sum(each.rstrip("0123456789") == name for each in names)
            names.append(f"{name}{same + 1}" if same else name)
            parts.append(f"{{{names[-1]}}}")
    return "".join(parts)


def _escaped(text: str) -> str:
    """A text as a catalogue has it, where braces of its own stand twice."""
    return text.replace("{", "{{").replace("}", "}}")


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _name(value: ast.expr) -> str:
    match value:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.lstrip("_").lower()
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
        case ast.Subscript(value=inner) | ast.BoolOp(values=[inner, *_]) | ast.Await(value=inner):
            return _name(inner)
        case ast.Call(func=ast.Name(id="number"), args=[_, ast.Constant(value=str(thing)), *_]):
            return f"{thing.replace(' ', '_')}s"
        case ast.Call(
            func=ast.Name(id="len" | "str" | "for_people" | "one_line" | "format_duration" | "when"),
            args=[inner, *_],
        ):
            return _name(inner)
        case ast.Call(func=func):
            return _name(func)
    return "value"
