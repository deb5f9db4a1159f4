"""Mail threads by problem, and says where it is from."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from errorhelp.config import load
from errorhelp.notifications.mail_headers import domain, mail_headers
from errorhelp.notifications.notification import Line, Notification, Occasion, example
from errorhelp.reports.report import Kind, Problem

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PROBLEM = Problem("p1", "erp", Kind.LOGIN_FAILURE, "", "x", NOON, NOON, 41, 21, ())
OTHER = replace(PROBLEM, id="p2")
ONE, TWO = "<problem.p1@help.example.com>", "<problem.p2@help.example.com>"


@pytest.mark.parametrize(
    ("occasion", "problems", "references", "in_reply_to"),
    [
        (Occasion.FIRST, [PROBLEM], ONE, ONE),
        (Occasion.STOPPED, [PROBLEM], ONE, ONE),
        (Occasion.STOPPED, [PROBLEM, OTHER], None, f"{ONE} {TWO}"),
        (Occasion.DIGEST, [OTHER], TWO, TWO),
        (Occasion.DIGEST, [PROBLEM, OTHER], None, None),
    ],
)
def test_what_is_told_of_one_problem_is_one_thread(
    occasion: Occasion, problems: list[Problem], references: str | None, in_reply_to: str | None
) -> None:
    document = Notification(occasion, NOON, [Line(each, 3) for each in problems]).document({})
    headers = mail_headers("desk", document, "help.example.com")
    assert (headers.get("References"), headers.get("In-Reply-To")) == (references, in_reply_to)
    assert headers["List-Id"] == "<desk.errorhelp.help.example.com>"


def test_a_test_is_in_no_thread() -> None:
    headers = mail_headers("desk", example(Occasion.TEST, NOON), "help.example.com")
    assert headers.keys() == {"Auto-Submitted", "List-Id"}


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("help.example.com", "help.example.com"),
        ("help-1", "help-1"),
        ("", "mail.example.com"),
        ("10.0.0.7", "mail.example.com"),
        ("::1", "mail.example.com"),
        ("помощь.рф", "mail.example.com"),
    ],
)
def test_a_mail_is_of_the_public_host_if_that_has_a_name(host: str, expected: str) -> None:
    assert domain(host, "errorhelp@mail.example.com") == expected


def test_the_public_host_is_that_of_the_configuration(tmp_path) -> None:
    file = tmp_path / "errorhelp.yaml"
    file.write_text(
        "public: {url: 'https://help.example.com:8443/1c'}\n"
        "reports: {enabled: true, forward: [{id: desk, webhook: 'https://desk.example.com/'}]}\n",
        "utf-8",
    )
    assert load(file).targets["desk"].public_host == "help.example.com"
