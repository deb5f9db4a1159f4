"""Who may do what: roles, the folders of editors, and whom a proxy names."""

import pytest
from samples import catalog, infobase

from errorhelp.formats.connect_string import ServerConnection
from errorhelp.people.people import (
    NotAllowed,
    People,
    Person,
    Role,
    User,
    check_may_write,
    check_person_name,
    check_role,
    may_write,
)

CATALOG = catalog(
    infobase("erp", folder="/Finance", aliases=("erp_old",), connection=ServerConnection("srv1", "erp")),
    infobase("payroll", folder="/Finance/Payroll", connection=ServerConnection("srv1,srv2", "payroll")),
    infobase("crm", folder="/Sales", connection=ServerConnection("srv3", "crm")),
    infobase("portal", connection=ServerConnection("srv3", "portal")),
)
VIEWER = Person("vera", Role.VIEWER)
EDITOR = Person("edik", Role.EDITOR)
OF_FINANCE = Person("fedor", Role.EDITOR, ("/Finance",))
OF_PAYROLL_AND_SALES = Person("polina", Role.EDITOR, ("/Finance/Payroll", "/Sales"))
OF_ROOT = Person("roman", Role.EDITOR, ("/",))
ADMIN = Person("anna", Role.ADMIN)


@pytest.mark.parametrize(
    ("targets", "who"),
    [
        (["*"], {EDITOR, OF_ROOT, ADMIN}),
        (["/"], {EDITOR, OF_ROOT, ADMIN}),
        (["/Finance"], {EDITOR, OF_FINANCE, OF_ROOT, ADMIN}),
        (["/Finance/Payroll"], {EDITOR, OF_FINANCE, OF_PAYROLL_AND_SALES, OF_ROOT, ADMIN}),
        (["/Finance/Nobody is here any more"], {EDITOR, OF_FINANCE, OF_ROOT, ADMIN}),
        (["/Finance2"], {EDITOR, OF_ROOT, ADMIN}),
        (["erp"], {EDITOR, OF_FINANCE, OF_ROOT, ADMIN}),
        (["erp_old"], {EDITOR, OF_FINANCE, OF_ROOT, ADMIN}),
        (["payroll"], {EDITOR, OF_FINANCE, OF_PAYROLL_AND_SALES, OF_ROOT, ADMIN}),
        (["portal"], {EDITOR, OF_ROOT, ADMIN}),
        (["gone"], {EDITOR, OF_ROOT, ADMIN}),
        (["payroll", "crm"], {EDITOR, OF_PAYROLL_AND_SALES, OF_ROOT, ADMIN}),
        (["server:srv1"], {EDITOR, OF_FINANCE, OF_ROOT, ADMIN}),
        (["server:srv2"], {EDITOR, OF_FINANCE, OF_PAYROLL_AND_SALES, OF_ROOT, ADMIN}),
        (["server:srv3"], {EDITOR, OF_ROOT, ADMIN}),
        (["server:gone"], {EDITOR, OF_ROOT, ADMIN}),
        (["erp", "crm"], {EDITOR, OF_ROOT, ADMIN}),
        ([], {EDITOR, OF_FINANCE, OF_PAYROLL_AND_SALES, OF_ROOT, ADMIN}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_who_may_write_for_which_targets(targets: list[str], who: set[Person]) -> None:
    everybody = (VIEWER, EDITOR, OF_FINANCE, OF_PAYROLL_AND_SALES, OF_ROOT, ADMIN)
    assert {each for each in everybody if may_write(each, targets, CATALOG)} == who


def test_whoever_may_not_write_for_a_target_is_shown_where_they_may() -> None:
    with pytest.raises(NotAllowed) as refused:
        check_may_write(OF_FINANCE, ["erp", "crm", "crm", "*"], CATALOG)
    assert str(refused.value) == (
        "fedor writes only for what is in /Finance, which crm, * is not; "
        "choose other targets, or ask an admin"
    )


@pytest.mark.parametrize(
    ("role", "includes"),
    [
        (Role.VIEWER, {Role.VIEWER}),
        (Role.EDITOR, {Role.VIEWER, Role.EDITOR}),
        (Role.ADMIN, {Role.VIEWER, Role.EDITOR, Role.ADMIN}),
    ],
)
def test_a_role_includes_those_below_it(role: Role, includes: set[Role]) -> None:
    assert {each for each in Role if role.includes(each)} == includes


def test_whoever_lacks_a_role_is_shown_which_one_it_takes() -> None:
    check_role(ADMIN, Role.ADMIN)
    with pytest.raises(NotAllowed, match="vera is a viewer and this needs an editor; ask an admin"):
        check_role(VIEWER, Role.EDITOR)


# Whom a proxy names

PEOPLE = People(
    users=[User(ADMIN, "its hash"), User(VIEWER)],
    groups=[
        Person("1c-readers", Role.VIEWER),
        Person("1c-finance", Role.EDITOR, ("/Finance",)),
        Person("1c-sales", Role.EDITOR, ("/Sales",)),
        Person("1c-duty", Role.EDITOR),
        Person("CN=1c-admins,DC=example,DC=com", Role.ADMIN),
    ],
)


@pytest.mark.parametrize(
    ("name", "groups", "person"),
    [
        ("oleg", [], None),
        ("oleg", ["accountants"], None),
        ("oleg", ["1c-readers"], Person("oleg", Role.VIEWER)),
        ("oleg", ["1C-Readers"], Person("oleg", Role.VIEWER)),
        ("oleg", ["1c-readers", "1c-finance"], Person("oleg", Role.EDITOR, ("/Finance",))),
        ("oleg", ["1c-sales", "1c-finance"], Person("oleg", Role.EDITOR, ("/Sales", "/Finance"))),
        ("oleg", ["1c-sales", "1c-duty"], Person("oleg", Role.EDITOR)),
        ("oleg", ["1c-sales", "cn=1c-admins,dc=example,dc=com"], Person("oleg", Role.ADMIN)),
        ("vera", ["1c-duty"], VIEWER),
        ("VERA", [], VIEWER),
    ],
)
def test_whom_a_proxy_names_has_their_own_role_or_the_highest_of_their_groups(
    name: str, groups: list[str], person: Person | None
) -> None:
    assert PEOPLE.named(name, groups) == person


def test_only_users_with_a_hash_may_use_a_password() -> None:
    assert [user.person for user in PEOPLE.with_password] == [ADMIN]
    assert "its hash" not in repr(PEOPLE.user("anna"))


def test_without_users_and_groups_nobody_may_come_in() -> None:
    assert not People()
    assert People(groups=[Person("1c-admins", Role.ADMIN)])


@pytest.mark.parametrize("name", ["anna", "Анна Иванова", "EXAMPLE\\anna", "anna@EXAMPLE.COM", "x" * 200])
def test_names_are_on_one_line(name: str) -> None:
    assert check_person_name(name) == name


@pytest.mark.parametrize("name", ["", " ", " anna", "anna\n", "an\u202ena", "\udcff", "x" * 201])
def test_what_is_no_name_on_one_line_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"\(e\.g\. anna\)"):
        check_person_name(name)
