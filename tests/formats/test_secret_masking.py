"""Secrets in requests and configurations are made unreadable, and everything else stays."""

import json
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from work import counted

from errorhelp.formats.secret_masking import (
    LEFT_OUT,
    LONGEST_NAME,
    MASK,
    REACH,
    Bounds,
    mask_body,
    mask_headers,
    mask_query,
    mask_text,
    mask_values,
)

SECRET = "hunter2"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("Authorization", f"Basic {SECRET}", f"Basic {MASK}"),
        ("authorization", SECRET, MASK),
        ("Proxy-Authorization", f"Bearer {SECRET}", f"Bearer {MASK}"),
        ("Cookie", f"vrs_session={SECRET}; a=b", MASK),
        ("X-Api-Key", SECRET, MASK),
        ("X-CSRF-Token", SECRET, MASK),
        ("Referer", f"https://anna:{SECRET}@1c.example.com/erp", f"https://anna:{MASK}@1c.example.com/erp"),
        ("User-Agent", "1CV8C/8.3.27", "1CV8C/8.3.27"),
    ],
)
def test_headers_that_carry_secrets_are_masked_but_for_their_scheme(
    name: str, value: str, shown: str
) -> None:
    assert mask_headers([(name, value)]) == ((name, shown),)


@pytest.mark.parametrize(
    "body",
    [
        {"user": "Иванов", "password": SECRET},
        {"user": "Иванов", "Pwd": SECRET, "nested": [{"accessToken": SECRET}]},
        {"user": "Иванов", "Пароль": SECRET},
        {"user": "Иванов", "connect": f'Srvr="srv";Ref="ERP";Usr="anna";Pwd="{SECRET}";'},
        {"user": "Иванов", "password": {"value": 1, "password": SECRET}},
    ],
)
def test_secrets_in_json_are_masked_wherever_they_are(body: object) -> None:
    shown = mask_body(json.dumps(body), "application/json")
    assert SECRET not in shown
    assert MASK in shown
    assert "Иванов" in shown


@pytest.mark.parametrize(
    "body",
    [
        f"user=anna&password={SECRET}&ok=1",
        f"user=anna&%D0%BF%D0%B0%D1%80%D0%BE%D0%BB%D1%8C={SECRET}",
        f"user=anna&Usr%5Fpwd={SECRET}",
    ],
)
def test_secrets_in_forms_and_queries_are_masked(body: str) -> None:
    assert SECRET not in mask_body(body, "application/x-www-form-urlencoded; charset=utf-8")
    assert SECRET not in mask_query(body)
    assert "user=anna" in mask_query(body)


@pytest.mark.parametrize(
    "text",
    [
        f"<Password>{SECRET}</Password>",
        f'{{"password": "{SECRET}", broken',
        f"Password: {SECRET}\nok",
        f'Pwd="{SECRET}";',
    ],
)
def test_secrets_in_other_texts_are_masked_where_they_can_be_recognised(text: str) -> None:
    assert SECRET not in mask_text(text)


def test_in_a_configuration_the_names_of_places_stay_and_secrets_go() -> None:
    shown = mask_values(
        {
            "admin": {"users": [{"name": "anna", "password_hash": f"$argon2id${SECRET}"}]},
            "lists": [{"id": "office", "token": {"env": "OFFICE_LIST_TOKEN"}}],
            "infobases": [
                {"v8i": {"PPasswd": SECRET, "AdditionalParameters": f"/N anna /P {SECRET}", "App": "Auto"}}
            ],
            "store": {"url": f"postgresql://errorhelp:{SECRET}@db/errorhelp"},
        }
    )
    assert SECRET not in str(shown)
    assert "OFFICE_LIST_TOKEN" in str(shown)
    assert "'App': 'Auto'" in str(shown)
    assert "postgresql://errorhelp:" in str(shown)


@given(
    st.text(), st.sampled_from(["application/json", "application/x-www-form-urlencoded", "text/plain", ""])
)
def test_any_body_can_be_masked(body: str, content_type: str) -> None:
    mask_body(body, content_type)


@pytest.mark.parametrize(
    "body",
    [
        "[" * 60_000,
        "a" * 65_536,
        "pwd" * 20_000,
        "a.a" * 20_000,
        'password="' + " " * 60_000,
        "://:" * 16_000,
    ],
)
def test_a_body_made_to_be_slow_is_masked_at_once(body: str) -> None:
    mask_body(body, "application/json")
    mask_body(body, "text/plain")


def test_a_name_is_judged_once_however_many_values_stand_under_it() -> None:
    with counted() as work:
        mask_values({"a" * 200: ["b"] * 2000, "note": [{"note": "c"}] * 1000})
    assert work.by_name["search"] <= 4


@pytest.mark.parametrize("under", ["password", "note"])
def test_a_name_that_is_longer_than_any_is_left_out_and_so_is_its_value(under: str) -> None:
    shown = mask_values({"a" * LONGEST_NAME + under: [SECRET], "note": "stays"}, bounds=Bounds())
    assert shown == {LEFT_OUT: MASK, "note": "stays"}
    assert mask_query(f"{'a' * 1200}{under}={SECRET}&note=stays").endswith(f"={MASK}&note=stays")
    (header,) = mask_headers([("a" * LONGEST_NAME + under, SECRET)])
    assert header[1] == MASK


# One document of each kind that is known to be slow, as large as a body may be.
LARGE = [
    {"a" * 60_000: ["b"] * 1000},
    {"password": ["b"] * 12_000},
    {"note": ["b"] * 12_000},
    [[]] * 20_000,
    [{"a": 1}] * 8_000,
    {f"name{number}": number for number in range(5_000)},
    {"text": "pwd" * 20_000},
    {"text": ["pwd" * 100] * 200},
    {"text": "ж" * 30_000},
    {"text": "\U0001f600" * 15_000},
    {"text": ["\x01" * 1000] * 60},
    {"headers": {f"name{number}": "x" for number in range(5_000)}},
    {"connect": "Pwd=" * 15_000},
    [10**4000] * 15,
]


@pytest.mark.parametrize("document", LARGE, ids=lambda document: str(document)[:20])
def test_what_masking_costs_is_bounded_by_values_and_characters(document: object) -> None:
    looked_at: list[int] = []

    def mask(text: str) -> str:
        looked_at.append(len(text))
        return text

    with counted() as work:
        shown = mask_values(document, bounds=Bounds(values=500, characters=10_000), mask=mask)
    assert work.calls <= 500 * 50
    assert sum(looked_at) <= 10_000 + LONGEST_NAME + 2 * REACH
    assert max(looked_at, default=0) <= 16 * 1024 + 2 * REACH
    assert len(json.dumps(shown)) <= 10_000 + 500


@pytest.mark.parametrize(
    "body",
    [*(json.dumps(each) for each in LARGE), "a=b&" * 16_000, "&" * 65_000, "p" * 65_000, "[" * 60_000],
    ids=lambda body: body[:20],
)
def test_what_a_captured_request_costs_is_bounded(body: str) -> None:
    for content_type in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
        with counted() as work:
            shown = mask_body(body, content_type)
        assert work.calls <= 2000 * 60
        assert len(shown) <= 64 * 1024 + 1
    with counted() as work:
        headers = mask_headers([(f"X-{number}", body[:8000]) for number in range(100)])
    assert work.calls <= 100 * 10
    assert sum(len(value) for _, value in headers) <= 16 * 1024 + 4096 + 100


HIDDEN = "жжжжжжжж"
"""A secret, of letters that stand nowhere else."""
SURROUNDINGS = st.text(st.sampled_from("ab /:@=&;\"'{}.1"), max_size=60)
WITH_SECRETS = st.builds(
    "{}{}{}".format,
    SURROUNDINGS,
    st.sampled_from(
        [f"password={HIDDEN}", f'pwd: "{HIDDEN}"', f"https://anna:{HIDDEN}@srv", f"<token>{HIDDEN}</token>"]
    ),
    SURROUNDINGS,
)
DOCUMENTS = st.recursive(
    WITH_SECRETS | st.integers() | st.none(),
    lambda below: (
        st.lists(below, max_size=5)
        | st.dictionaries(st.sampled_from(["password", "note", "Connect", "headers", "a" * 201]), below)
    ),
    max_leaves=20,
)


@given(DOCUMENTS, st.integers(0, 40), st.integers(0, 400))
def test_within_bounds_nothing_is_shown_that_is_masked_without(
    document: object, values: int, characters: int
) -> None:
    whole = json.dumps(mask_values(document), ensure_ascii=False)
    shown = json.dumps(mask_values(document, bounds=Bounds(values, characters)), ensure_ascii=False)
    assert "ж" in whole or "ж" not in shown


@given(WITH_SECRETS, st.integers(0, 60))
def test_the_beginning_of_a_text_holds_no_part_of_a_secret_wherever_it_is_cut(text: str, cut: int) -> None:
    # So that the secret is at, before or behind the place where the text is cut.
    filled = "-" * (200 - cut) + text + " " * 2 * REACH
    whole, start = mask_text(filled), mask_text(filled, 200)
    assert len(start) <= 200 + len(MASK) * 10
    assert "ж" in whole or "ж" not in start


@given(st.lists(WITH_SECRETS), st.sampled_from(["password", "note"]))
def test_a_long_form_shows_no_secret_that_a_short_one_does_not(values: list[str], name: str) -> None:
    pairs = [f"{name}={quote_plus(value) if number % 2 else value}" for number, value in enumerate(values)]
    for fill in (0, 16_384, 17_300, 17_384):
        shown = mask_query("&".join(["a" * fill, *pairs, "b" * REACH]))
        assert any("ж" in mask_query(pair) for pair in pairs) or "ж" not in shown
