"""People in the configuration: who may come in, and what is wrong with those who cannot."""

from pathlib import Path

import pytest
from configurations import errors_in, read
from signing_in import HASH

from errorhelp.people.people import Person, Role

ERP = "infobases: [{id: erp, name: ERP, connect: {server: s, ref: r}, folder: /Finance/Payroll}]\n"


def admin(*lines: str) -> str:
    """A configuration with these lines under `admin`; they begin in column 3 of line 3."""
    return ERP + "admin:\n" + "".join(f"  {line}\n" for line in lines)


def test_users_have_a_role_and_editors_their_folders(tmp_path: Path) -> None:
    people = read(
        tmp_path,
        admin(
            "users:",
            f"  - {{name: anna, role: admin, password_hash: '{HASH}'}}",
            f"  - {{name: fedor, role: editor, folders: /Finance/, password_hash: '{HASH}'}}",
        ),
    ).people
    anna, fedor = people.user("anna"), people.user("Fedor")
    assert anna is not None
    assert fedor is not None
    assert (anna.person, anna.password_hash) == (Person("anna", Role.ADMIN), HASH)
    assert fedor.person == Person("fedor", Role.EDITOR, ("/Finance",))


def test_groups_have_a_role_and_users_of_a_proxy_need_no_password(tmp_path: Path) -> None:
    people = read(
        tmp_path,
        admin(
            "trusted_proxies: 127.0.0.1",
            "user_header: Remote-User",
            "users: [{name: 'EXAMPLE\\anna', role: viewer}]",
            "groups: [{group: 1c-admins, role: admin}]",
        ),
    ).people
    assert people.named("example\\ANNA", []) == Person("EXAMPLE\\anna", Role.VIEWER)
    assert people.named("oleg", ["1C-Admins"]) == Person("oleg", Role.ADMIN)
    assert people.with_password == []


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (
            ["users: [{name: anna, role: king}]"],
            "3:30: admin.users[0].role: 'king' must be 'viewer', 'editor' or",
        ),
        (["users: [{name: anna}]"], "3:11: admin.users[0].role: is missing;"),
        (["users: [{name: ' ', role: viewer}]"], "3:18: admin.users[0].name: ' ' is not a name on one line"),
        (["users: [{name: a, role: viewer}]"], "3:11: admin.users[0]: cannot sign in; give a password_hash"),
        (
            ["users: [{name: a, role: viewer, password_hash: hunter2}]"],
            "3:50: admin.users[0].password_hash: is not a whole argon2id hash; make one with 'errorhelp user",
        ),
        (
            [f"users: [{{name: a, role: admin, folders: /Finance, password_hash: '{HASH}'}}]"],
            "3:43: admin.users[0].folders: only an editor is limited to folders, but the role is admin; leave them out",
        ),
        (
            [f"users: [{{name: a, role: editor, folders: /Finanse, password_hash: '{HASH}'}}]"],
            "3:44: admin.users[0].folders[0]: there is no folder '/Finanse'; did you mean '/Finance'?",
        ),
        (
            [
                f"users: [{{name: anna, role: admin, password_hash: '{HASH}'}},",
                f"  {{name: Anna, role: admin, password_hash: '{HASH}'}}]",
            ],
            "4:12: admin.users[1].name: 'anna' is already the name of a user (errorhelp.yaml:3:18)",
        ),
        (["groups: [{group: g, role: viewer}]"], "3:12: admin.groups[0]: needs a proxy that names users"),
        (["user_header: Remote-User"], "3:16: admin.user_header: needs trusted_proxies"),
        (
            [
                "trusted_proxies: 127.0.0.1",
                "user_header: Remote-User",
                "groups: [{group: g, role: viewer}, {group: G, role: admin}]",
            ],
            "5:46: admin.groups[1].group: 'g' is already configured (errorhelp.yaml:5:20)",
        ),
        (
            ["trusted_proxies: proxy"],
            "3:20: admin.trusted_proxies[0]: 'proxy' must be an address or a network",
        ),
        (
            ["user_header: 'Remote User'"],
            "3:16: admin.user_header: 'Remote User' must be the name of an HTTP",
        ),
        (["url: errorhelp.example.com"], "3:8: admin.url: 'errorhelp.example.com' must start with http://"),
        (
            ["url: https://example.com/errorhelp"],
            "3:8: admin.url: 'https://example.com/errorhelp' must be an",
        ),
        (["sign_in_idle: 1s"], "3:17: admin.sign_in_idle: must be from 1m to 30d"),
        (["sign_in_longest: 365d"], "3:20: admin.sign_in_longest: must be from 1m to 90d"),
    ],
)
def test_an_error_is_reported_at_its_place(tmp_path: Path, lines: list[str], said: str) -> None:
    (error,) = errors_in(tmp_path, admin(*lines))
    assert error.startswith(said), error


@pytest.mark.parametrize(
    "lines", [["password_hash: hunter2"], ["password: hunter2"], ["password_hash: [hunter2]"]]
)
def test_a_password_that_was_written_down_is_not_repeated(tmp_path: Path, lines: list[str]) -> None:
    found = errors_in(
        tmp_path, admin("users:", "- name: anna", "  role: admin", *(f"  {line}" for line in lines))
    )
    assert found
    assert "hunter2" not in "".join(found)


def test_hashes_are_masked_wherever_settings_are_shown(tmp_path: Path) -> None:
    loaded = read(tmp_path, admin(f"users: [{{name: anna, role: admin, password_hash: '{HASH}'}}]"))
    shown = repr(loaded.settings) + repr(loaded.people.user("anna")) + loaded.settings.admin.model_dump_json()
    assert "anna" in shown
    assert HASH not in shown
