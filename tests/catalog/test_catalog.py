"""The catalog: inherited help, what targets mean, and which ids there can be."""

import pytest
from samples import catalog, infobase

from errorhelp.catalog.help import Help, InheritedHelp
from errorhelp.catalog.infobase import Folder
from errorhelp.catalog.lists import ConnectionList
from errorhelp.catalog.names import UnknownTarget, ancestors, check_folder, check_id
from errorhelp.formats.connect_string import Connection, FileConnection, ServerConnection, WebConnection

PAYROLL = "/Finance/Payroll"


def ids(found: list) -> list[str]:
    return [each.id for each in found]


def test_help_for_everything_reaches_every_infobase() -> None:
    everything = catalog(
        infobase("erp", folder=PAYROLL), help_=Help("Звоните 112", "https://help.example.com")
    )
    assert everything.inherited_help(everything.infobases["erp"]) == InheritedHelp(
        text="Звоните 112", text_from="*", url="https://help.example.com", url_from="*"
    )


def test_without_any_help_text_and_url_are_empty() -> None:
    nothing = catalog(infobase("erp", folder="/Finance"), help_=Help())
    assert nothing.inherited_help(nothing.infobases["erp"]) == InheritedHelp("", "*", "", "*")


def test_the_nearest_help_wins_for_text_and_url_each_on_its_own() -> None:
    layered = catalog(
        infobase("erp", folder=PAYROLL, help_=Help(text="erp")),
        infobase("zup", folder=PAYROLL),
        infobase("bp", folder="/Finance"),
        infobase("crm"),
        folders=[
            Folder("/", Help(text="root")),
            Folder("/Finance", Help(text="finance", url="https://finance.example.com")),
            Folder(PAYROLL, Help(url="https://payroll.example.com")),
        ],
        help_=Help("all", "https://all.example.com"),
    )
    inherited = {each.id: layered.inherited_help(each) for each in layered.infobases.values()}
    payroll_url = ("https://payroll.example.com", PAYROLL)
    assert inherited["erp"] == InheritedHelp("erp", "erp", *payroll_url)
    assert inherited["zup"] == InheritedHelp("finance", "/Finance", *payroll_url)
    assert inherited["bp"] == InheritedHelp("finance", "/Finance", "https://finance.example.com", "/Finance")
    assert inherited["crm"] == InheritedHelp("root", "/", "https://all.example.com", "*")


def test_an_empty_text_hides_what_is_inherited() -> None:
    silent = catalog(infobase("erp", help_=Help(text="")))
    assert silent.inherited_help(silent.infobases["erp"]).text == ""


def test_help_passes_a_folder_that_says_nothing() -> None:
    deep = catalog(infobase("erp", folder="/A/B/C"), folders=[Folder("/A", Help(text="a"))])
    assert deep.inherited_help(deep.infobases["erp"]).text == "a"


def company() -> list:
    return [
        infobase("erp", folder="/Production", aliases=("erp_old",)),
        infobase("zup", folder=PAYROLL),
        infobase("bp", folder="/Finance"),
        infobase("crm"),
    ]


@pytest.mark.parametrize(
    ("targets", "meant"),
    [
        (["*"], ["erp", "zup", "bp", "crm"]),
        (["/"], ["erp", "zup", "bp", "crm"]),
        (["/Finance"], ["zup", "bp"]),
        ([PAYROLL], ["zup"]),
        (["erp"], ["erp"]),
        (["erp_old"], ["erp"]),
        (["bp", "/Finance", "erp_old", "erp"], ["erp", "zup", "bp"]),
        (["unknown", "/Nowhere"], []),
        ([], []),
    ],
)
def test_targets_mean_infobases_each_once_in_the_order_of_the_catalog(
    targets: list[str], meant: list[str]
) -> None:
    assert ids(catalog(*company()).meant_by(targets)) == meant


@pytest.mark.parametrize("target", ["*", "/", "/Finance", PAYROLL, "/Production", "erp", "erp_old"])
def test_a_target_means_exactly_the_infobases_that_have_it_among_their_keys(target: str) -> None:
    whole = catalog(*company())
    with_key = [each for each in whole.infobases.values() if target in each.target_keys]
    assert whole.meant_by([target]) == with_key


@pytest.mark.parametrize(
    ("target", "spelling"),
    [
        ("*", "*"),
        ("erp", "erp"),
        ("erp_old", "erp"),
        ("/Finance/", "/Finance"),
        ("//Finance/ Payroll", PAYROLL),
    ],
)
def test_a_target_has_one_spelling(target: str, spelling: str) -> None:
    assert catalog(*company()).check_target(target) == spelling


SERVERS: dict[str, Connection] = {
    "erp": ServerConnection("SRV1C-1", "erp"),
    "zup": ServerConnection("srv1c-1:1641", "zup"),
    "crm": ServerConnection("tcp://srv1c-2; srv1c-3:1541", "crm"),
    "old": FileConnection("srv1c-1"),
    "web": WebConnection("https://srv1c-1/web"),
}


@pytest.mark.parametrize(
    ("target", "meant"),
    [
        ("server:srv1c-1", ["erp", "zup"]),
        ("server:SRV1C-1", ["erp", "zup"]),
        ("server: srv1c-3", ["crm"]),
        ("server:srv1c-2", ["crm"]),
    ],
)
def test_a_server_means_every_infobase_on_it_whatever_its_port_and_case(
    target: str, meant: list[str]
) -> None:
    some = catalog(*(infobase(each, connection=connection) for each, connection in SERVERS.items()))
    spelt = some.check_target(target)
    assert ids(some.meant_by([spelt])) == meant
    assert [each.id for each in some.infobases.values() if spelt in each.target_keys] == meant


def test_a_server_that_no_infobase_is_on_is_refused_with_what_may_be_meant() -> None:
    some = catalog(*(infobase(each, connection=connection) for each, connection in SERVERS.items()))
    with pytest.raises(UnknownTarget) as refusal:
        some.check_target("server:srv1c-4")
    assert "no infobase is on the 1C server 'srv1c-4'; did you mean 'server:srv1c-" in str(refusal.value)
    with pytest.raises(UnknownTarget, match="did you mean 'server:srv1c-2'"):
        some.check_target("srv1c-2")
    assert some.meant_by(["server:srv1c-4"]) == []


def test_every_folder_can_be_a_target_configured_or_not_and_those_above_it() -> None:
    some = catalog(infobase("erp", folder="/A/B"), folders=[Folder("/X/Y")])
    assert sorted(some.folder_paths) == ["/", "/A", "/A/B", "/X", "/X/Y"]
    assert [some.check_target(path) for path in ("/A", "/X")] == ["/A", "/X"]
    assert some.meant_by(["/X"]) == []


@pytest.mark.parametrize(
    ("target", "hint"),
    [
        ("erpp", "did you mean 'erp'"),
        ("ERP", "did you mean 'erp'"),
        (" erp ", "did you mean 'erp'"),
        ("/finance", "did you mean '/Finance'"),
        ("/Finnance/Payroll", f"did you mean '{PAYROLL}'"),
        ("something", "nor '[*]'$"),
        ("", "nor '[*]'$"),
    ],
)
def test_an_unknown_target_is_refused_with_what_may_be_meant(target: str, hint: str) -> None:
    with pytest.raises(UnknownTarget, match=hint) as refusal:
        catalog(*company()).check_target(target)
    assert refusal.value.target == target


def test_an_infobase_that_is_named_instead_of_its_id_is_suggested_with_all_of_that_name() -> None:
    some = catalog(
        infobase("bp", "Бухгалтерия предприятия"),
        infobase("bp2", "Бухгалтерия предприятия"),
        infobase("zup", "Зарплата и кадры"),
    )
    with pytest.raises(UnknownTarget, match="did you mean 'bp' or 'bp2'"):
        some.check_target("бухгалтерия предприятия")
    with pytest.raises(UnknownTarget, match="did you mean 'zup'"):
        some.check_target("Зарплата и кодры")


def test_an_infobase_is_found_by_its_id_and_its_aliases() -> None:
    whole = catalog(*company())
    assert whole.infobase("erp_old") is whole.infobase("erp")
    assert whole.infobase("unknown") is None


def test_a_list_holds_its_folders_and_infobases_each_once() -> None:
    whole = catalog(*company())
    selection = ConnectionList("office", folders=("/Finance",), infobases=("zup", "erp"))
    assert ids(whole.in_list(selection)) == ["erp", "zup", "bp"]
    assert whole.in_list(ConnectionList("nothing")) == []


def test_an_infobase_answers_in_its_own_language_else_the_first_configured() -> None:
    whole = catalog(infobase("erp"), infobase("portal", language="en"))
    assert [whole.language_of(each) for each in whole.infobases.values()] == ["ru", "en"]


@pytest.mark.parametrize("text", ["erp", "1c", "a", "erp-2_old", "010", "a" * 64, "com", "com10", "english"])
def test_an_id_is_lower_case_letters_digits_and_dashes(text: str) -> None:
    assert check_id(text) == text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("ERP", "must be a lower-case id"),
        ("бухгалтерия", "must be a lower-case id"),
        ("_erp", "must be a lower-case id"),
        ("-erp", "must be a lower-case id"),
        ("e rp", "must be a lower-case id"),
        ("erp\n", "must be a lower-case id"),
        ("erp/../x", "must be a lower-case id"),
        ("a.b", "must be a lower-case id"),
        ("a" * 65, "must be a lower-case id"),
        ("", "must be a lower-case id"),
        ("ru", "is a language code"),
        ("no", "is a language code"),
        ("con", "is a device name on Windows"),
        ("nul", "is a device name on Windows"),
        ("lpt1", "is a device name on Windows"),
        ("com0", "is a device name on Windows"),
    ],
)
def test_what_cannot_be_an_id_is_refused_with_an_example(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=rf"{complaint}.*\(e\.g\. "):
        check_id(text)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("/", "/"),
        ("/Finance", "/Finance"),
        ("/Finance//Payroll/", PAYROLL),
        ("/ Finance / Payroll ", PAYROLL),
    ],
)
def test_a_folder_has_one_spelling(text: str, path: str) -> None:
    assert check_folder(text) == path


@pytest.mark.parametrize("text", ["", "Finance", "Finance/Payroll", "\\Finance", "/Fin\nance", " /Finance"])
def test_what_is_no_folder_path_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be a folder path that starts with '/' \(e\.g\. /Finance"):
        check_folder(text)


def test_the_folders_above_a_folder_stand_from_the_root_down() -> None:
    assert ancestors(PAYROLL) == ("/", "/Finance", PAYROLL)
    assert ancestors("/") == ("/",)
