import re
from pathlib import Path
from uuid import UUID

import pytest

from errorhelp.formats.cluster_registry import RegisteredInfobase, infobases, is_registry

DEMO = Path(__file__).parent.parent.parent / "shared/fixtures/1CV8Clst-demo.lst"
SECRETS = 'DBPwd=""hush'


def registry(connection: str = "Ref=ERP;Srvr=srv", port: int = 1541) -> bytes:
    uuid = "e34ba483-f67f-42c8-a486-4eb693a401b1"
    infobase = f'{uuid},"ERP","Учёт","PostgreSQL","db","erp","sa","hush","{connection}",0'
    return f'{{0,\n{{c,"Main",{port},"host"}},\n{{1,\n{{{infobase}}}\n}}}}'.encode()


def test_the_infobases_of_the_demo_cluster_are_found():
    found = infobases(DEMO.read_bytes())
    assert found[0] == RegisteredInfobase(
        uuid=UUID("e34ba483-f67f-42c8-a486-4eb693a401b1"),
        name="ERP1",
        description="Группа1/Подгруппа2/ERP",
        dbms="MSSQLServer",
        server="WIN-M2ILCF3402B",
        ref="ERP1",
    )
    assert [(each.name, each.description) for each in found[1:]] == [("ARA1", "Группа1/КА"), ("UPP1", "")]


def test_a_bom_in_front_makes_no_difference():
    data = b"\xef\xbb\xbf" + DEMO.read_bytes()
    assert is_registry(data)
    assert infobases(data) == infobases(DEMO.read_bytes())


def test_a_connection_list_is_no_registry():
    assert not is_registry("[ERP]\r\nConnect=…".encode())
    assert not is_registry(b"")


def test_a_cluster_at_another_port_is_reached_there():
    assert infobases(registry(port=2541))[0].server == "srv:2541"
    assert infobases(registry("Ref=ERP;Srvr=srv:3541", port=2541))[0].server == "srv:3541"


def test_what_the_connection_string_lacks_stands_elsewhere():
    (found,) = infobases(registry("DB=x"))
    assert (found.server, found.ref) == ("host", "ERP")


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"{0,\n{c}", "2:4: ',' or '}' expected, found the end"),
        (b"{0,\n\xff}", "2:1: this is not UTF-8 text"),
        (b"{0}", "the registry has no list at place 1"),
        (b"{0,{c},{1,5}}", "its infobases has no list at place 1"),
        (b"{0,{c},{1,{a}}}", "its cluster has no bare value at place 2"),
        (registry(SECRETS), "infobase 1: the quoting of its connection string is broken"),
        (registry().replace(b"e34ba483-", b"x"), "infobase 1 has no UUID at place 0"),
    ],
)
def test_a_registry_that_cannot_be_read_is_a_clear_error_without_its_passwords(data: bytes, error: str):
    with pytest.raises(ValueError, match=error.split("'")[0]) as raised:
        infobases(data)
    assert error in str(raised.value)
    assert "hush" not in str(raised.value)


def test_nothing_of_the_database_login_comes_out():
    assert "hush" not in repr(infobases(registry("Ref=ERP;Srvr=srv;DBUID=sa;DBPwd=hush")))


def test_v8i_manager_reads_the_same_connections_from_the_demo_cluster():
    uuid = r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    rows = re.findall(rf"\{{{uuid}((?:,[^,]+){{9}}),\s*\{{\d(?:,\d{{14}}){{2}}", DEMO.read_text("utf-8"))
    theirs = []
    for _, values in rows:
        pairs = dict(pair.split("=", 1) for pair in values.split(",")[8].strip('"').split(";"))
        theirs.append((pairs["Srvr"], pairs["Ref"]))
    assert theirs == [(each.server, each.ref) for each in infobases(DEMO.read_bytes())]
