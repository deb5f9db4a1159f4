"""Code in 1C's language (BSL) in the documentation: parsed by a grammar of others, and careful of a user's time.

No public program runs it. The grammar is tree-sitter-bsl (alkoleft); that it refuses what 1C refuses is tried first.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree_sitter_bsl
from tree_sitter import Language, Node, Parser

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted(ROOT.glob("errorhelp/**/*.html")),
]
FENCED = re.compile(r"^```bsl\n(.*?)^```", re.MULTILINE | re.DOTALL)
LONGEST_LINE = 120
# In both languages: the names by which a snippet reaches out, and what it must then do.
CONNECTION = ("HTTPConnection", "HTTPСоединение")
SECURE = ("OpenSSLSecureConnection", "ЗащищенноеСоединениеOpenSSL")
AUTHORITIES = ("OSCertificationAuthorityCertificates", "СертификатыУдостоверяющихЦентровОС")
STATUS = ("StatusCode", "КодСостояния")
REQUESTS = ("Get", "Post", "Получить", "ОтправитьДляОбработки", "CallHTTPMethod", "ВызватьHTTPМетод")
BSL = Language(tree_sitter_bsl.language())


def snippets() -> dict[str, str]:
    """Every piece of BSL by its page and number."""
    return {
        f"{page.relative_to(ROOT).as_posix()} {number}": code
        for page in PAGES
        for number, code in enumerate(FENCED.findall(page.read_text("utf-8")), 1)
    }


SNIPPETS = snippets()


def parsed(code: str) -> Node:
    return Parser(BSL).parse(code.encode()).root_node


def nodes(node: Node, kind: str = "") -> Iterator[Node]:
    """The node and all below, of a kind."""
    if not kind or node.type == kind:
        yield node
    for child in node.children:
        yield from nodes(child, kind)


def text(node: Node) -> str:
    assert node.text is not None
    return node.text.decode()


def field(node: Node, name: str) -> str:
    found = node.child_by_field_name(name)
    return "" if found is None else text(found)


def within(node: Node, kind: str) -> bool:
    return node.parent is not None and (node.parent.type == kind or within(node.parent, kind))


@pytest.mark.parametrize(
    "code",
    [
        'Answer = New HTTPConnection("a").Post(Request);',
        'Ответ = Новый HTTPСоединение("a").ВызватьHTTPМетод("POST", Запрос);',
        "Отчёт = Новый Структура;",
        "If A Then\n\tB = 1;",
        "Функция Ф()\n\tВозврат 1;\nКонецПроцедуры",
        "A = ;",
    ],
)
def test_the_grammar_refuses_what_1c_refuses(code: str) -> None:
    assert parsed(code).has_error


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_is_read_by_the_grammar_without_an_error(name: str) -> None:
    wrong = [
        f"{each.start_point.row + 1}: {text(each)!r}"
        for each in nodes(parsed(SNIPPETS[name]))
        if each.is_error or each.is_missing
    ]
    assert wrong == []


@pytest.mark.parametrize("name", SNIPPETS)
def test_a_snippet_is_written_as_1cs_standards_want_it(name: str) -> None:
    lines = SNIPPETS[name].splitlines()
    assert [line for line in lines if len(line.expandtabs(4)) > LONGEST_LINE] == []
    assert [line for line in lines if line.startswith(" ")] == [], "indent with tabs"
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.parametrize(
    "name", [name for name, code in SNIPPETS.items() if any(map(code.count, CONNECTION))]
)
def test_what_reaches_out_has_a_time_out_checks_certificate_and_status_and_runs_on_the_server(
    name: str,
) -> None:
    code, tree = SNIPPETS[name], parsed(SNIPPETS[name])
    made = [each for each in nodes(tree, "new_expression") if field(each, "type") in CONNECTION]
    for each in made:
        arguments = each.child_by_field_name("arguments")
        assert arguments is not None
        given = [part.strip() for part in text(arguments)[1:-1].split(",")]
        assert re.fullmatch(r"[1-9]|10", given[5]), "the sixth argument is a time-out of ten seconds at most"
        assert len(given) == 7, "the seventh argument is a secure connection"
        assert within(each, "try_statement")
    secure = [text(each) for each in nodes(tree, "new_expression") if field(each, "type") in SECURE]
    assert len(secure) == len(made) > 0
    assert all(any(each in words for each in AUTHORITIES) for words in secure)
    calls = [each for each in nodes(tree, "method_call") if field(each, "name") in REQUESTS]
    assert len(calls) == len(made)
    assert all(within(each, "try_statement") for each in calls)
    assert sum(map(code.count, STATUS)) >= len(made)
    assert re.search(r"on the server|на сервере", code)
    assert not re.search("&AtClient|&НаКлиенте", code)


def test_both_languages_have_the_same_code() -> None:
    for name, code in SNIPPETS.items():
        if name.startswith("docs/en/"):
            russian = SNIPPETS[name.replace("docs/en/", "docs/ru/")]
            assert shape(code) == shape(russian), name


def shape(code: str) -> list[str]:
    """The kinds of its nodes in order, and its texts that are for machines."""
    machine = re.findall(r'"(?:/|[a-z]+"|[\w-]+\.example\.com")', code)
    return [*(each.type for each in nodes(parsed(code)) if each.type != "line_comment"), *machine]


def test_all_code_of_1c_is_marked_as_such() -> None:
    for page in PAGES:
        rest = FENCED.sub("", page.read_text("utf-8"))
        assert not re.search(
            r"^\s{4,}.*(?:= (?:New|Новый) [\wА-я]+|КонецЕсли;|EndIf;)", rest, re.MULTILINE
        ), page


def test_the_pages_of_developers_have_some() -> None:
    assert len([name for name in SNIPPETS if "developers.md" in name]) == 8
