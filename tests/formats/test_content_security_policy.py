"""What a Content-Security-Policy lets through, by its own rules; browsers are asked in tests/public/browser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from start_page_policies import SCRIPT, WITH_NONCE, WITHOUT_NONCE, WORKER, filled
from yarl import URL

from errorhelp.formats.content_security_policy import read_policies, refused_script, refused_worker

PAGE = URL("http://1c.example.org:8080/erp/ru_RU/")
OFFLINE = PAGE.origin() / "offline" / "erp"
NAMES = ("script-src-elem", "script-src", "worker-src", "child-src", "default-src", "sandbox", "img-src")
SOURCES = (
    "'self'",
    "'none'",
    "*",
    "https:",
    "http:",
    "'strict-dynamic'",
    "'nonce-abc'",
    "'unsafe-inline'",
    "1c.example.org:8080",
)
DIRECTIVES = st.builds(
    lambda name, sources: f"{name} {' '.join(sources)}",
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(SOURCES), max_size=3),
)
POLICIES = st.lists(DIRECTIVES, max_size=4, unique_by=lambda each: each.partition(" ")[0])


def kept_out(value: str, page: URL = PAGE, nonce: str = "") -> str | None:
    policies = read_policies(filled(value, str(page.origin())))
    if refused_script(policies, page, page.origin() / "offline/erp/register.js", nonce):
        return SCRIPT
    return WORKER if refused_worker(policies, page, page.origin() / "offline/erp/sw.js") else None


@pytest.mark.parametrize("value", WITHOUT_NONCE)
def test_what_a_policy_keeps_out(value: str) -> None:
    assert kept_out(value) == WITHOUT_NONCE[value]


@pytest.mark.parametrize("value", WITH_NONCE)
def test_what_a_policy_keeps_out_where_the_script_has_a_nonce(value: str) -> None:
    assert kept_out(value, nonce="abc") == WITH_NONCE[value]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("script-src https:", None),
        ("script-src http:", None),
        ("script-src wss:", None),
        ("script-src data:", SCRIPT),
        ("script-src 1c.example.com", None),
        ("script-src 1C.Example.com:443", None),
        ("script-src http://1c.example.com:80", None),
        ("script-src 1c.example.com:*", None),
        ("script-src *.example.com", None),
        ("script-src *:8443", SCRIPT),
        ("script-src *.1c.example.com", SCRIPT),
        ("script-src example.com", SCRIPT),
        ("script-src 1c.example.com/%6Fffline/", None),
        (
            "script-src 1c.example.com/offline/erp/register.js; worker-src 1c.example.com/offline/erp/sw.js",
            None,
        ),
        ("script-src 1c.example.com/offline/erp/register.js/", SCRIPT),
        ("script-src 1c.example.com/offline/erp/", None),
    ],
)
def test_what_a_policy_keeps_out_over_tls(value: str, expected: str | None) -> None:
    assert kept_out(value, URL("https://1c.example.com/erp/")) == expected


def test_the_directive_is_named_as_it_was_sent() -> None:
    policies = read_policies("img-src *;  Script-Src\t'nonce-Abc'  https://Example.com, worker-src 'none'")
    assert (
        refused_script(policies, PAGE, OFFLINE / "register.js")
        == "script-src 'nonce-Abc' https://Example.com"
    )
    assert refused_worker(policies[1:], PAGE, OFFLINE / "sw.js") == "worker-src 'none'"


def test_a_page_itself_can_say_neither_sandbox_nor_who_frames_it() -> None:
    value = "sandbox; frame-ancestors 'none'; worker-src 'none'"
    assert [list(each) for each in read_policies(value, in_page=True)] == [["worker-src"]]


@given(st.text())
def test_any_text_is_a_policy(value: str) -> None:
    for policy in read_policies(value):
        assert all(name and name == name.lower() for name in policy)
    policies = read_policies(value)
    refused_script(policies, PAGE, OFFLINE / "register.js")
    refused_worker(policies, PAGE, OFFLINE / "sw.js")


@given(POLICIES, POLICIES)
def test_one_policy_more_lets_nothing_more_through(first: list[str], second: list[str]) -> None:
    one, both = "; ".join(first), f"{'; '.join(first)}, {'; '.join(second)}"
    for refused, name in ((refused_script, "register.js"), (refused_worker, "sw.js")):
        if refused(read_policies(one), PAGE, OFFLINE / name):
            assert refused(read_policies(both), PAGE, OFFLINE / name)


@given(POLICIES.flatmap(lambda each: st.tuples(st.just(each), st.permutations(each))))
def test_the_order_of_directives_does_not_matter(both: tuple[list[str], list[str]]) -> None:
    one, other = map("; ".join, both)
    assert kept_out(one) == kept_out(other)


@given(st.lists(st.sampled_from([each for each in SOURCES if each != "'strict-dynamic'"]), max_size=4))
def test_self_lets_both_through_whatever_stands_beside_it(sources: list[str]) -> None:
    assert kept_out(f"default-src {' '.join(sources)} 'self'") is None
