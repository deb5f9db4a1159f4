"""Reading, grouping and masking reports: pure functions of what was sent."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_samples import GET_INFO, REPORT

from errorhelp.formats.secret_masking import MASK
from errorhelp.reports.grouping import pattern, problem_id, stack_hash_of
from errorhelp.reports.pseudonyms import masked, who
from errorhelp.reports.report import Kind, Report
from errorhelp.reports.report_reading import (
    DEEPEST,
    ReadReport,
    Unreadable,
    read_body,
    read_get_info,
    read_report,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters()), inner),
)


def a_report(**values: Any) -> Report:
    return replace(Report(id="r1", at=NOON, infobase="erp", kind=Kind.LOGIN_FAILURE), **values)


def keepable(read: ReadReport) -> None:
    """Fails unless both databases keep it."""
    written = json.dumps(read.details, allow_nan=False)
    texts = [read.text, read.stack, read.stack_hash, read.user, read.app, read.version]
    for text in (*texts, written):
        assert "\0" not in text
        text.encode("utf-8")
    assert "\\u0000" not in written.replace("\\\\", "")


@given(
    st.binary(max_size=400), st.sampled_from(["", "application/json", "application/x-www-form-urlencoded"])
)
def test_any_bytes_are_a_login_failure_that_can_be_kept(body: bytes, content_type: str) -> None:
    keepable(read_body(body, content_type))


@given(JSON)
def test_json_of_any_shape_is_read(document: object) -> None:
    keepable(read_body(json.dumps(document).encode(), "application/json"))


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.text(), max_size=5))
def test_any_form_is_read(fields: dict[str, str]) -> None:
    body = urlencode(fields, errors="replace").encode()
    keepable(read_body(body, "application/x-www-form-urlencoded"))


@pytest.mark.parametrize(
    "document",
    [
        {"errorText": "Нет лицензии", "userName": "anna", "appVersion": "8.3.27"},
        {
            "error": {"text": "Нет лицензии"},
            "session": {"user": "anna"},
            "client": {"platform_version": "8.3.27"},
        },
        [{"Ошибка": "Нет лицензии"}, {"Пользователь": "anna"}, {"Версия": "8.3.27"}],
    ],
)
def test_values_are_found_by_the_names_that_they_may_have(document: object) -> None:
    read = read_body(json.dumps(document).encode())
    assert (read.text, read.user, read.version) == ("Нет лицензии", "anna", "8.3.27")


def test_json_that_is_nested_too_deeply_is_taken_as_text() -> None:
    for depth in (DEEPEST + 1, 30_000):
        assert read_body(b"[" * depth + b"]" * depth).details["text"].startswith("[[")


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not JSON"),
        (b"[]", "JSON object"),
        (b"\xff", "not UTF-8"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "stand in one another"),
        (b'{"a":' * 30_000, "stand in one another"),
        (b'{"a": 1' + b"1" * 5000 + b"}", "not JSON"),
    ],
)
def test_what_the_platform_would_never_send_is_refused_with_a_reason(body: bytes, why: str) -> None:
    for read in (read_get_info, read_report):
        with pytest.raises(Unreadable, match=why):
            read(body)


@given(st.dictionaries(st.sampled_from([*GET_INFO, *REPORT, "errors", "stack"]), JSON))
def test_known_names_with_any_values_are_read(document: dict[str, object]) -> None:
    body = json.dumps(document).encode()
    for read in (read_get_info, read_report):
        keepable(read(body))


def test_the_platforms_documents_are_understood() -> None:
    asked, pushed = read_get_info(json.dumps(GET_INFO).encode()), read_report(json.dumps(REPORT).encode())
    assert (asked.stack_hash, asked.report_id, asked.version) == ("a1b2c3", pushed.report_id, "8.3.27.1508")
    assert (pushed.kind, pushed.text, pushed.user) == (Kind.CRASH, "Деление на 0", "Иванова Анна")
    assert (pushed.app, pushed.version) == ("1CV8C", "8.3.27.1508")
    assert pushed.stack.startswith("ОбщийМодуль")


# Grouping


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("21.11.2026 12:00:01: нет лицензии", "22.11.2026 9:30:59: Нет лицензии"),
        ('Не удаётся соединиться с "srv1"', 'Не удаётся  соединиться с "srv-2"'),
        ("Пользователь «Иванова»", "Пользователь «Петров»"),
        ("session 7c9e6679-7425-40de-944b-e07fc1f90ae7", "session 11111111-2222-4333-8444-555555555555"),
        ("server 10.0.0.1:1541 is away", "server 192.168.7.20:1560 is away"),
        (r"no file C:\Users\anna\a.tmp", r"no file D:\b.tmp"),
        ("at 0x7FFE01", "at 0x00ab"),
    ],
)
def test_texts_that_differ_in_what_varies_are_one_problem(one: str, other: str) -> None:
    assert pattern(one) == pattern(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Нет лицензии", "Нет связи"), ("Деление на 0", "Поле не найдено"), ("a", "")]
)
def test_texts_that_say_other_things_are_not(one: str, other: str) -> None:
    assert stack_hash_of(a_report(text=one)) != stack_hash_of(a_report(text=other))


def test_the_users_own_name_does_not_split_a_problem() -> None:
    one, other = a_report(text="anna may not", user="anna"), a_report(text="Boris may not", user="boris")
    assert stack_hash_of(one) == stack_hash_of(other)


def test_infobase_kind_and_stack_each_make_another_problem() -> None:
    keys = [
        ("erp", Kind.CRASH, "a"),
        ("crm", Kind.CRASH, "a"),
        ("erp", Kind.OFFLINE, "a"),
        ("erp", Kind.CRASH, "b"),
    ]
    assert len({problem_id(*key) for key in keys}) == len(keys)


@given(st.text(max_size=5000), st.text(max_size=10))
def test_every_text_has_a_pattern_and_patterns_are_stable(text: str, user: str) -> None:
    assert pattern(text, user) == pattern(text, user)
    assert pattern(text + " 1", user) == pattern(text + " 22", user) or len(text) > 3900


# Masking

REPORTED = a_report(
    text=r"Иванова Анна, 10.1.2.3: C:\Users\ivanova\1.txt, password=secret",
    user="Иванова Анна",
    address="10.1.2.3",
    details={"sessionInfo": {"userName": "Иванова Анна"}, "note": "для Иванова Анна", "pwd": "secret"},
)


@pytest.mark.parametrize(
    "stack",
    [
        [["ОбщийМодуль.Расчёт.Модуль", 12, "Сумма = А / Б;"], ["Документ.Заказ.МодульОбъекта", 347]],
        [[["ОбщийМодуль.Расчёт.Модуль", 12, "Сумма = А / Б;"], ["Документ.Заказ.МодульОбъекта", 347]]],
        ["ОбщийМодуль.Расчёт.Модуль : 12 : Сумма = А / Б;", "Документ.Заказ.МодульОбъекта : 347"],
        "ОбщийМодуль.Расчёт.Модуль : 12 : Сумма = А / Б;\nДокумент.Заказ.МодульОбъекта : 347",
    ],
)
def test_a_stack_says_in_which_line_of_which_module(stack: object) -> None:
    error = {"errorInfo": {"applicationErrorInfo": {"stack": stack}}}
    assert read_report(json.dumps(error).encode()).stack.splitlines() == [
        "ОбщийМодуль.Расчёт.Модуль : 12 : Сумма = А / Б;",
        "Документ.Заказ.МодульОбъекта : 347",
    ]


def test_names_and_addresses_are_masked_wherever_they_stand() -> None:
    report = masked(REPORTED, user_names=False, addresses=False)
    everything = (
        f"{report.text} {report.user} {report.address} {json.dumps(report.details, ensure_ascii=False)}"
    )
    for secret in ("Иванова", "ivanova", "10.1.2.3", "secret"):
        assert secret not in everything
    assert report.address == "10.1.2.x"


def test_what_the_settings_keep_is_kept_but_secrets_never_are() -> None:
    report = masked(REPORTED, user_names=True, addresses=True)
    assert report.text.startswith(r"Иванова Анна, 10.1.2.3: C:\Users\ivanova")
    assert (report.user, report.address) == ("Иванова Анна", "10.1.2.3")
    assert "secret" not in f"{report.text} {report.details}"


def test_the_names_of_programs_are_no_names_of_people() -> None:
    sent = {
        "configInfo": {"name": "УправлениеПредприятием", "extensions": [{"name": "Доработки"}]},
        "appStackHash": "a1b2c3",
        "configHash": "0e1d",
        "user": {"name": "Иванова Анна"},
        "name": "WS-17",
    }
    report = masked(a_report(details=sent), user_names=False, addresses=False)
    assert report.details == sent | {"user": {"name": MASK}, "name": MASK}


def test_no_part_of_a_name_stands_where_a_long_text_is_cut() -> None:
    for before in range(7900, 8100, 7):
        text = "x" * before + " Жжжжжж Жжжж " + "y" * 4000
        report = masked(a_report(text=text, user="жжжжжж жжжж"), user_names=False, addresses=False)
        assert "ж" not in report.text.casefold()
        assert len(report.text) <= 8100


def test_a_name_is_masked_in_any_case_and_beside_letters_that_fold_to_several() -> None:
    report = masked(
        a_report(text="Straße: ΝΊΚΟΣ, νίκος und Νίκος", user="Νίκος"), user_names=False, addresses=False
    )
    assert report.text == f"Straße: {MASK}, {MASK} und {MASK}"


def test_who_is_affected_is_told_apart_by_name_or_else_by_address() -> None:
    anna, also_anna = a_report(user="Anna", address="a"), a_report(user="ANNA", address="b")
    assert who(anna) == who(also_anna) != who(a_report(user="boris"))
    assert who(a_report(address="a")) != who(a_report(address="b"))
    assert who(a_report()) == ""
    assert who(replace(anna, infobase="crm")) != who(anna)
