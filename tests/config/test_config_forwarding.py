"""Targets in the configuration: what they mean, what is wrong with them, and that their secrets stay secret."""

import sys
from pathlib import Path

import pytest
from configurations import errors_in, read

from errorhelp.admin.pages.settings_page import shown_files
from errorhelp.config import load_copy
from errorhelp.notifications.notification import Occasion
from errorhelp.reports.report import Kind

# The first import of Apprise opens a socket.
pytestmark = pytest.mark.integration

INFOBASES = """\
languages: [ru, en]
infobases:
  - {id: erp, aliases: [old], name: ERP, connect: {file: x}, folder: /Finance}
  - {id: crm, name: CRM, connect: {file: x}}
"""
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1u"


def a_target(**settings: str) -> str:
    """A configuration with one target; each setting begins in column 7, from line 7 on."""
    lines = {"id": "desk", **(settings or {"webhook": "https://desk.example.com/s3cret"})}
    below = "".join(f"      {name}: {value}\n" for name, value in lines.items())
    return f"{INFOBASES}reports:\n  forward:\n    -\n{below}"


def a_webhook(**settings: str) -> str:
    return a_target(webhook="https://desk.example.com/s3cret", **settings)


def test_a_target_hears_of_everything_in_the_first_language_unless_said_otherwise(tmp_path: Path) -> None:
    target = read(tmp_path, a_target()).targets["desk"]
    assert (target.webhook, target.language) == ("https://desk.example.com/s3cret", "ru")
    assert (target.infobases, target.kinds) == ({"erp", "crm"}, set(Kind))
    assert target.occasions == {Occasion.FIRST, Occasion.DIGEST, Occasion.STOPPED}


def test_a_target_hears_of_the_infobases_and_kinds_that_it_names(tmp_path: Path) -> None:
    text = a_webhook(targets="[/Finance]", kinds="crash", occasions="[first]", language="en")
    target = read(tmp_path, text).targets["desk"]
    assert (target.infobases, target.kinds, target.occasions) == ({"erp"}, {Kind.CRASH}, {Occasion.FIRST})
    assert target.language == "en"


def test_secrets_come_from_the_environment_and_from_files(tmp_path: Path) -> None:
    text = a_target(
        webhook="{env: DESK}", secret="{file: desk.secret}", headers="{Authorization: {env: DESK_TOKEN}}"
    )
    (tmp_path / "desk.secret").write_text(SECRET + "\n")
    loaded = read(tmp_path, text, {"DESK": "https://desk.example.com/", "DESK_TOKEN": "Bearer t"})
    target = loaded.targets["desk"]
    assert (target.webhook, target.headers) == ("https://desk.example.com/", {"Authorization": "Bearer t"})
    assert target.key == b"0123456789abcdefghijklmn"
    again = read(tmp_path, text, {"DESK": "https://desk.example.com/", "DESK_TOKEN": "Bearer u"})
    assert again.digest != loaded.digest


def test_a_configuration_read_without_its_secrets_has_no_targets(tmp_path: Path) -> None:
    assert load_copy({tmp_path / "errorhelp.yaml": a_target(webhook="{env: DESK}").encode()}).targets == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (a_target(language="ru"), "8:7: reports.forward[0]: needs either apprise or webhook"),
        (a_webhook(apprise="json://localhost"), "8:7: reports.forward[0]: needs either apprise or webhook"),
        (a_target(apprise="json://localhost", secret=SECRET), "8:7: reports.forward[0]: has a secret or headers"),
        (a_target(webhook="{env: DESK}"), "reports.forward[0].webhook.env: the environment variable DESK is not"),
        (a_target(webhook="{env: A, file: b}"), "needs either a text, env or file"),
        (a_target(webhook="ftp://h/s3cret"), "9:16: reports.forward[0].webhook: must be a web address"),
        (a_target(apprise="nonsense://s3cret"), "9:16: reports.forward[0].apprise: is none that Apprise can read"),
        (a_webhook(secret="s3cret"), "10:15: reports.forward[0].secret: must be whsec_ and 24 to 64 random"),
        (a_webhook(secret="whsec_czNjcmV0"), "10:15: reports.forward[0].secret: must be whsec_ and 24 to 64"),
        (a_webhook(headers="{'a b': c}"), "must be the name of an HTTP header"),
        (
            a_target(webhook="https://u:s3cret@h/", headers="{authorization: Bearer t}"),
            "10:16: reports.forward[0].headers: there are name and password in the webhook's address, too",
        ),
        (a_webhook(headers='{X-Desk: "a\\nb"}'), "reports.forward[0].headers.X-Desk: must be one line"),
        (a_webhook(targets="nope"), "10:16: reports.forward[0].targets[0]: 'nope' is neither an infobase id"),
        (a_webhook(kinds="crush"), "must be 'login_failure', 'crash' or 'offline'"),
        (a_webhook(language="fr"), "10:17: reports.forward[0].language: 'fr' is not one of the languages"),
        (
            a_webhook(body="'{{ titel }}'"),
            "10:13: reports.forward[0].body: in its line 1: 'titel' is undefined",
        ),
        (
            a_webhook(body="|\n        {\n        {{ title | tojson }\n        }"),
            "10:13: reports.forward[0].body: in its line 2: ",
        ),
        (a_webhook(body="'{\"a\": \"{{ title }}\"}'"), "10:13: reports.forward[0].body: an example comes to no JSON"),
        (a_webhook(body="'{{ \"\".__class__ }}'"), "10:13: reports.forward[0].body: in its line 1: access to"),
        (a_webhook(body="'{{ notification.problem }}'"), "has no attribute 'problem'"),
    ],
)  # fmt: skip
def test_an_error_is_reported_with_its_place_and_without_secrets(
    tmp_path: Path, text: str, said: str
) -> None:
    found = "\n".join(errors_in(tmp_path, text))
    assert said in found
    assert "s3cret" not in found


def test_two_targets_cannot_have_one_id(tmp_path: Path) -> None:
    text = a_target() + "    - {id: desk, webhook: https://other.example.com}\n"
    (error,) = errors_in(tmp_path, text)
    assert "reports.forward[1].id: 'desk' is already the id of a target" in error


def test_a_body_that_is_no_json_says_so_in_a_header(tmp_path: Path) -> None:
    text = a_webhook(
        headers="{Content-Type: application/x-www-form-urlencoded}", body="text={{ text | urlencode }}"
    )
    assert read(tmp_path, text).targets["desk"].content_type == "application/x-www-form-urlencoded"


def test_without_the_library_a_target_that_needs_it_is_refused_with_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if it were not installed: None makes an import fail.
    monkeypatch.setitem(sys.modules, "apprise", None)
    (error,) = errors_in(tmp_path, a_target(apprise="json://localhost"))
    assert "needs the library Apprise; install the extra: pip install 'errorhelp[reports]'" in error
    assert read(tmp_path, a_target()).targets.keys() == {"desk"}


def test_the_settings_page_shows_no_secret_of_a_target(tmp_path: Path) -> None:
    text = a_webhook(secret=SECRET, headers="{X-Desk: s3cret}") + (
        "    - {id: mail, apprise: {secret: 'mailto://anna:s3cret@example.com'}}\n"
    )
    ((_, shown),) = shown_files(read(tmp_path, text).contents)
    assert "s3cret" not in shown
    assert SECRET not in shown
    assert "id: mail" in shown
