"""What stands in braces in a message is filled in for whoever reads it, as the message is then."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from samples import DAY, HOUR, MINUTE, NOON, catalog, infobase, message

from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.message_texts import (
    filled_anew,
    message_text,
    missing_values,
    names_own_infobase,
    texts_by_language,
    with_text,
)
from errorhelp.messages.message import Message, ended_message
from errorhelp.text.texts import Text

ERP = infobase("erp", "ERP", folder="/Финансы")
ZUP = infobase("zup", "Зарплата", folder="/Финансы")
WHOLE = catalog(ERP, ZUP, values={"phone": {"ru": "доб. 112", "en": "ext. 112"}})


def written(text: Text, *targets: str, whole: Catalog = WHOLE, **period: object) -> Message:
    return with_text(replace(message("m1", *targets), **period), text, whole)  # type: ignore[arg-type]


def test_a_text_moves_with_its_end() -> None:
    posted = written("Вход откроется к {until}", "erp")
    assert message_text(posted, WHOLE, "ru") == "Вход откроется к 16:00"
    for extensions in (1, 2, 3):
        posted = replace(posted, ends_at=NOON + HOUR + extensions * 30 * MINUTE)
        end = f"{16 + extensions // 2}:{'30' if extensions % 2 else '00'}"
        assert message_text(posted, WHOLE, "ru") == f"Вход откроется к {end}"


def test_the_end_names_its_day_unless_it_is_that_of_the_start() -> None:
    night = written("с {from} до {until}", ends_at=NOON + 20 * HOUR)
    assert message_text(night, WHOLE, "ru") == "с 21 нояб. 15:00 до 22 нояб. 11:00"
    assert message_text(night, WHOLE, "en") == "с 21 Nov 15:00 до 22 Nov 11:00"
    assert message_text(replace(night, ends_at=NOON + HOUR), WHOLE, "ru") == "с 15:00 до 16:00"
    assert "21 нояб. 2027" in message_text(replace(night, ends_at=NOON + 365 * DAY), WHOLE, "ru")


def test_readers_get_the_name_of_their_own_infobase_and_others_what_it_is_for() -> None:
    posted = written("{infobase} не работает", "/Финансы")
    assert message_text(posted, WHOLE, "ru", ZUP) == "Зарплата не работает"
    assert message_text(posted, WHOLE, "ru") == "Финансы не работает"
    for_all = written({"ru": "{infobase}: сбой", "en": "{infobase}: outage"}, "*")
    assert texts_by_language(for_all, WHOLE) == {
        "ru": "Все базы: сбой",
        "en": "All infobases: outage",
    }
    on_server = written("{infobase}", "server:srv1c", "erp", "gone")
    assert message_text(on_server, WHOLE, "ru") == "srv1c, ERP, gone"


def test_only_a_text_that_names_the_infobase_differs_between_them() -> None:
    assert names_own_infobase(written("{infobase}"), WHOLE, "ru")
    assert not names_own_infobase(written("{until}"), WHOLE, "ru")
    assert not names_own_infobase(written("infobase"), WHOLE, "ru")
    in_english = written({"ru": "{until}", "en": "{infobase}"})
    assert [names_own_infobase(in_english, WHOLE, language) for language in ("ru", "en")] == [False, True]


def test_values_of_the_configuration_are_in_the_language_of_the_sentence_and_as_they_are_now() -> None:
    posted = written({"ru": "Звоните: {phone}"}, "erp")
    assert message_text(posted, WHOLE, "en") == "Звоните: доб. 112"
    assert message_text(posted, replace(WHOLE, values={"phone": "113"}), "ru") == "Звоните: 113"


def test_a_value_that_is_gone_leaves_the_text_as_it_was_when_it_was_last_changed() -> None:
    posted = written({"ru": "до {until}, {phone}", "en": "until {until}"}, "erp")
    without = replace(WHOLE, values={})
    later = replace(posted, ends_at=NOON + 2 * HOUR)
    assert message_text(later, without, "ru") == "до 16:00, доб. 112"
    assert message_text(later, without, "en") == "until 17:00", "it lacks nothing"
    assert missing_values(later, without) == ["phone"]
    assert missing_values(later, WHOLE) == []
    assert filled_anew(later, without) == later
    assert filled_anew(later, WHOLE).text == {"ru": "до 17:00, доб. 112", "en": "until 17:00"}


def test_a_configured_value_wins_over_one_that_every_message_has() -> None:
    whole = replace(WHOLE, values={"until": "скоро", "infobase": "Учёт"})
    posted = written("{infobase} до {until}", whole=whole)
    assert message_text(posted, whole, "ru", ERP) == "Учёт до скоро"
    assert not names_own_infobase(posted, whole, "ru")


def test_braces_that_mean_nothing_make_no_live_text_and_stay() -> None:
    posted = written("{} {who} { until } {Until}")
    assert posted.live_text is None
    assert message_text(posted, WHOLE, "ru") == "{} {who} { until } {Until}"


def test_a_text_for_all_languages_is_kept_filled_in_for_each_where_that_differs() -> None:
    assert written("до {until}").text == "до 16:00"
    assert written("{phone}").text == {"ru": "доб. 112", "en": "ext. 112"}


def test_of_a_message_that_was_ended_the_text_names_that_end() -> None:
    ended = ended_message(written("до {until}", "erp"), NOON + 10 * MINUTE)
    assert message_text(ended, WHOLE, "ru") == "до 15:10"
    never_shown = ended_message(written("до {until}", starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR), NOON)
    assert message_text(never_shown, WHOLE, "ru") == "до 17:00"


braces = st.lists(
    st.sampled_from(["{until}", "{from}", "{infobase}", "{phone}", "{who}", "{", "}", "до ", "{{until}}"])
).map("".join)


@given(braces, st.sampled_from(["{until}", "{phone}", "{", "112", ""]))
def test_a_value_that_looks_like_a_name_in_braces_is_not_filled_in(text: str, phone: str) -> None:
    whole = replace(WHOLE, values={"phone": phone})
    posted = written(text, "erp", whole=whole)
    parts = {"{until}": "16:00", "{from}": "15:00", "{infobase}": "ERP", "{phone}": phone}
    expected, rest = "", text
    while rest:
        name = next((name for name in parts if rest.startswith(name)), None)
        expected += parts[name] if name else rest[0]
        rest = rest[len(name) if name else 1 :]
    assert message_text(posted, whole, "ru", ERP) == expected
