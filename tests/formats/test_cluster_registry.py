import re
from uuid import UUID

import pytest
from fixture_files import CLUSTER

from errorhelp.formats.cluster_registry import RegisteredInfobase, infobases, is_registry

SECRETS = 'DBPwd=""hush'


def registry(connection: str = "Ref=ERP;Srvr=srv", port: int = 1541) -> bytes:
    uuid = "a4c5bb35-8a4c-4e01-b2aa-4f8f2bd2e7e6"
    infobase = f'{uuid},"ERP","Учёт","PostgreSQL","db","erp","sa","hush","{connection}",0'
    return f'{{0,\n{{c,"Main",{port},"host"}},\n{{1,\n{{{infobase}}}\n}}}}'.encode()


def test_the_infobases_of_a_cluster_are_found():
    found = infobases(CLUSTER.read_bytes())
    assert found[0] == RegisteredInfobase(
        uuid=UUID("105de7eb-5c4e-416b-9937-178ed41b6f8b"),
        name="Wholesale",
        description="Торговля/Опт/УТ 11.5",
        dbms="PostgreSQL",
        server="kedr-app1",
        ref="Wholesale",
    )
    assert [(each.name, each.description) for each in found[1:]] == [
        ("Salary", 'Кадры/Зарплата "Кедра" № 2'),
        ("Sandbox", ""),
    ]


def test_a_bom_in_front_makes_no_difference():
    data = b"\xef\xbb\xbf" + CLUSTER.read_bytes()
    assert is_registry(data)
    assert infobases(data) == infobases(CLUSTER.read_bytes())


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
        (registry().replace(b"a4c5bb35-", b"x"), "infobase 1 has no UUID at place 0"),
    ],
)
def test_a_registry_that_cannot_be_read_is_a_clear_error_without_its_passwords(data: bytes, error: str):
    with pytest.raises(ValueError, match=error.split("'")[0]) as raised:
        infobases(data)
    assert error in str(raised.value)
    assert "hush" not in str(raised.value)


def test_nothing_of_the_database_login_comes_out():
    assert "hush" not in repr(infobases(registry("Ref=ERP;Srvr=srv;DBUID=sa;DBPwd=hush")))


def test_v8i_manager_reads_the_same_connections_from_the_sample_cluster():
    uuid = r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
    rows = re.findall(rf"\{{{uuid}((?:,[^,]+){{9}}),\s*\{{\d(?:,\d{{14}}){{2}}", CLUSTER.read_text("utf-8"))
    theirs = []
    for _, values in rows:
        pairs = dict(pair.split("=", 1) for pair in values.split(",")[8].strip('"').split(";"))
        theirs.append((pairs["Srvr"], pairs["Ref"]))
    assert theirs == [(each.server, each.ref) for each in infobases(CLUSTER.read_bytes())]
