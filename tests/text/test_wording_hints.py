"""Hints: what users will ask if a text stays as it is."""

from datetime import datetime, timedelta

import pytest

from errorhelp.text.wording_hints import DIALOG_SHOWS, Hint, hints, names_other_time, with_time_of_end

TWO = datetime(2026, 11, 21, 14)  # noqa: DTZ001 - local time, as the hints take it
HELP = "Позвоните дежурному администратору: +7 (495) 123-45-67"


@pytest.mark.parametrize(
    "text",
    [
        "Сервер ERP обновляется. Вход откроется к 14:00.",
        "Меняем диск до 14:00, пожалуйста, подождите.",
        "ERP is being updated, logins open at 14:00.",
        "Please wait until 14:00.",
    ],
)
def test_a_good_text_gets_no_hints(text: str) -> None:
    assert hints(text, HELP, TWO) == []


@pytest.mark.parametrize("text", ["Подождите, мы всё чиним.", "Please wait, version 8.3.27.1 comes."])
def test_a_text_without_a_time_gets_a_hint(text: str) -> None:
    assert hints(text, HELP, TWO) == [Hint.NO_TIME]


@pytest.mark.parametrize(
    "text",
    [
        "Подождите ещё час",
        "Войдите завтра утром",
        "Подождите 30 минут",
        "Wait half an hour",
        "Try again tomorrow",
    ],
)
def test_a_time_may_be_in_words(text: str) -> None:
    assert hints(text, HELP, TWO) == []


def test_a_text_that_names_another_time_than_the_end_gets_a_hint() -> None:
    assert hints("Подождите до 13:30", HELP, TWO) == [Hint.OTHER_TIME]
    assert not names_other_time("С 13:30 до 14:00 обновление", TWO)
    assert not names_other_time("Подождите", TWO)


FROM_NOON = TWO.replace(hour=12)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Подождите до 13:30", "Подождите до {until}"),
        ("С 12:00 до 13:30, подождите", "С 12:00 до {until}, подождите"),
        ("Подождите до 14:00", "Подождите до 14:00"),
        ("Подождите", "Подождите"),
        ("Сбой в 11:40, подождите до 13:30", None),
        ("Сегодня в 13:30", "Сегодня в 14:00"),
        ("22 ноября в 13:30", "22 ноября в 14:00"),
        ("22.11 в 13:30", None),
    ],
)
def test_the_end_takes_the_place_of_the_one_other_time_in_a_text(text: str, expected: str | None) -> None:
    assert with_time_of_end(text, FROM_NOON, TWO) == expected


def test_an_end_on_another_day_is_not_put_beside_words_for_a_day() -> None:
    tomorrow = TWO + timedelta(days=1)
    assert with_time_of_end("Сегодня до 13:30", FROM_NOON, tomorrow) is None
    assert with_time_of_end("Подождите до 13:30", FROM_NOON, tomorrow) == "Подождите до {until}"


def test_a_hint_comes_when_neither_text_nor_help_say_whom_to_call() -> None:
    text = "Подождите до 14:00"
    assert hints(text, "", TWO) == [Hint.NOBODY_TO_CALL]
    assert hints(f"{text}, вопросы: доб. 4400", "", TWO) == []
    assert hints(f"{text}, help@example.com", "", TWO) == []
    assert hints(f"{text}, +7 (495) 123-45-67", "", TWO) == []


def test_a_hint_comes_when_the_text_says_nothing_to_do() -> None:
    assert hints("Сервер ERP сломан до 14:00", HELP, TWO) == [Hint.NOTHING_TO_DO]


def test_a_text_longer_than_the_dialog_shows_gets_a_hint() -> None:
    text = "Подождите до 14:00." + " Мы обновляем сервер." * 20
    assert len(text) > DIALOG_SHOWS
    assert hints(text, HELP, TWO) == [Hint.TOO_LONG]


def test_the_lines_of_the_client_and_the_help_text_count_too() -> None:
    own = ('Не удается установить соединение с "srv1c"', "Проверьте сетевое соединение")
    text = "Подождите до 14:00.".ljust(DIALOG_SHOWS - len(HELP) - sum(map(len, own)), ".")
    assert hints(text, HELP, TWO, own) == []
    assert hints(text + ".", HELP, TWO, own) == [Hint.TOO_LONG]
    assert hints(text, HELP + ".", TWO, own) == [Hint.TOO_LONG]
    assert hints(text, HELP, TWO, (*own, ".")) == [Hint.TOO_LONG]


def test_no_text_gets_no_hints() -> None:
    assert hints(" \n", "", TWO) == []


def test_what_a_text_lacks_is_known_in_russian_and_english_only() -> None:
    for text, found in [
        ("Сервер жаңартылып жатыр", []),
        ("Сервер 13:30 дейін жаңартылады", [Hint.OTHER_TIME]),
        ("x" * 500, [Hint.TOO_LONG]),
    ]:
        assert hints(text, "", TWO, language="kk") == found
