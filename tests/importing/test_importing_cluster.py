import pytest
from fixture_files import CLUSTER

from errorhelp.catalog.infobase import Infobase
from errorhelp.formats.connect_string import ServerConnection
from errorhelp.importing import import_files, to_yaml

HOST = "kedr-app1"


def registry(*infobases: tuple[str, str]) -> bytes:
    """A registry of infobases, each with its name on the server and its description."""
    tuples = "".join(
        f',{{00000000-0000-0000-0000-00000000000{number},"{ref}","{description}","","","","","","Srvr=srv"}}'
        for number, (ref, description) in enumerate(infobases)
    )
    return f'{{0,{{c,"",1541,"srv"}},{{{len(infobases)}{tuples}}}}}'.encode()


def test_a_cluster_gives_three_infobases_with_folder_and_name_from_their_description():
    imported = import_files([("1CV8Clst.lst", CLUSTER.read_bytes())])
    assert imported.infobases == (
        Infobase(
            "wholesale",
            "УТ 11.5",
            ServerConnection(HOST, "Wholesale"),
            folder="/Торговля/Опт",
            v8i=(("ID", "105de7eb-5c4e-416b-9937-178ed41b6f8b"),),
        ),
        Infobase(
            "salary",
            'Зарплата "Кедра" № 2',
            ServerConnection(HOST, "Salary"),
            folder="/Кадры",
            v8i=(("ID", "79bbd295-d069-4377-8aa7-7b71121420d2"),),
        ),
        Infobase(
            "sandbox",
            "Sandbox",
            ServerConnection(HOST, "Sandbox"),
            v8i=(("ID", "067e8cf5-68f3-4ae3-a701-9839edf7d572"),),
        ),
    )
    assert imported.report.notes == ()


def test_nothing_of_the_database_login_gets_into_the_configuration():
    text = to_yaml(import_files([("1CV8Clst.lst", CLUSTER.read_bytes())])).decode()
    for secret in ("onec", "aHVzaCBodXNo", "MSSQLServer"):
        assert secret in CLUSTER.read_text("utf-8")
        assert secret not in text


@pytest.mark.parametrize(
    ("description", "folder", "name"),
    [
        ("", "/", "ERP"),
        ("Учёт", "/", "Учёт"),
        ("/A//B/ Name ", "/A/B", "Name"),
        ("Folder/", "/Folder", "ERP"),
        ("Line\nbreak/x", "/Line. break", "x"),
    ],
)
def test_a_description_is_folder_and_name(description: str, folder: str, name: str):
    (infobase,) = import_files([("x.lst", registry(("ERP", description)))]).infobases
    assert (infobase.folder, infobase.name) == (folder, name)


def test_an_infobase_that_a_list_describes_is_not_taken_again_from_the_registry():
    listed = b'[My ERP]\nConnect=Srvr="SRV:1541";Ref="erp";\nVersion=8.3\n'
    both = import_files([("c.lst", registry(("ERP", "x"), ("ZUP", "y"))), ("a.v8i", listed)])
    assert [(each.id, each.name) for each in both.infobases] == [("erp", "My ERP"), ("zup", "y")]
    assert both.files == ("a.v8i", "c.lst")
    assert both.report.notes == ("c.lst: x: is the infobase erp of a.v8i:1, which counts",)


def test_an_infobase_of_two_lists_is_one_if_its_name_or_id_says_so():
    files = [
        ("a.v8i", b"[A]\nConnect=File=a\nID=1\n[B]\nConnect=File=b\n"),
        ("b.v8i", b"[a]\nConnect=File=A\n[A too]\nConnect=File=a\nID=1\n[Other A]\nConnect=File=a\nID=2\n"),
    ]
    imported = import_files(files)
    assert [each.name for each in imported.infobases] == ["A", "B", "Other A"]
    assert imported.report.notes == (
        "b.v8i:1: a: is the infobase a of a.v8i:1, which counts",
        "b.v8i:3: A too: is the infobase a of a.v8i:1, which counts",
    )


def test_two_entries_of_one_list_stay_two():
    twice = b"[A]\nConnect=File=a\n[A]\nConnect=File=a\n"
    assert len(import_files([("a.v8i", twice)]).infobases) == 2


def test_a_registry_that_is_broken_is_named_with_its_place():
    with pytest.raises(ValueError, match=r"c\.lst: 1:4: ',' or '}' expected"):
        import_files([("c.lst", b"{0 1}")])
