"""Secrets in requests and configurations are made unreadable, and everything else stays."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errorhelp.formats.secret_masking import MASK, mask_body, mask_headers, mask_query, mask_text, mask_values

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
def test_secrets_in_other_texts_are_masked_where_they_can_be_told(text: str) -> None:
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
