"""Connect strings: how a client reaches an infobase."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errorhelp.formats.connect_string import (
    Connection,
    FileConnection,
    ServerConnection,
    WebConnection,
    connect_string,
    parameters,
    parse_connect,
    says_all,
)

VALUES = st.text(min_size=1)
CONNECTIONS = st.one_of(
    st.builds(ServerConnection, VALUES, VALUES),
    st.builds(FileConnection, VALUES),
    st.builds(WebConnection, VALUES),
)


@pytest.mark.parametrize(
    ("connection", "written"),
    [
        (ServerConnection("srv1c:1641", "ERP"), 'Srvr="srv1c:1641";Ref="ERP";'),
        (FileConnection(r"\\fs\bases\erp"), r'File="\\fs\bases\erp";'),
        (WebConnection("https://1c.example.com/erp"), 'ws="https://1c.example.com/erp";'),
        (FileConnection('C:\\the "old" one'), 'File="C:\\the ""old"" one";'),
    ],
)
def test_a_connection_is_written_as_launchers_write_it(connection: Connection, written: str) -> None:
    assert connect_string(connection) == written


@given(CONNECTIONS)
def test_a_written_connection_reads_back(connection: Connection) -> None:
    written = connect_string(connection)
    assert parse_connect(written) == connection
    assert says_all(connection, written)


@pytest.mark.parametrize(
    ("connect", "connection"),
    [
        ('SRVR="srv";REF="erp"', ServerConnection("srv", "erp")),
        ("Srvr=srv;Ref=erp;", ServerConnection("srv", "erp")),
        (' Ref = "erp" ; Srvr = "srv" ', ServerConnection("srv", "erp")),
        ('Srvr="a;b=c";Ref=" erp ";', ServerConnection("a;b=c", " erp ")),
        ('File="";Srvr="srv";Ref="erp";', ServerConnection("srv", "erp")),
        ("File=C:\\bases\\erp", FileConnection("C:\\bases\\erp")),
        ("https://1c.example.com/erp", WebConnection("https://1c.example.com/erp")),
        (" HTTP://1c.example.com/erp; ", WebConnection("HTTP://1c.example.com/erp")),
    ],
)
def test_a_connection_is_read_in_every_way_it_is_found(connect: str, connection: Connection) -> None:
    assert parse_connect(connect) == connection


@pytest.mark.parametrize(
    "connect",
    ["", ";", "erp", 'Srvr="srv";', 'Ref="erp";', 'File="";', 'Srvr="srv;Ref="erp";', 'Srvr="s"x;Ref="e"'],
)
def test_what_is_no_connection_is_refused(connect: str) -> None:
    with pytest.raises(ValueError, match=r"names no Srvr and Ref, no File and no ws|cannot read"):
        parse_connect(connect)


def test_of_a_repeated_parameter_the_first_counts() -> None:
    assert parameters('Ref="one";ref="two";Usr=me') == {"ref": "one", "usr": "me"}


@pytest.mark.parametrize(
    "connect",
    ['Srvr="s";Ref="e";Usr="me";', 'Ref="e";Srvr="s";Ref="other";', "https://1c.example.com/erp;Usr=me"],
)
def test_a_connect_string_that_says_more_is_told_apart(connect: str) -> None:
    assert not says_all(parse_connect(connect), connect)


@given(st.text(st.one_of(st.characters(), st.sampled_from('"=;SrvrefFilews \n'))))
def test_any_text_is_a_connection_or_a_clear_refusal(connect: str) -> None:
    try:
        connection = parse_connect(connect)
    except ValueError as refusal:
        assert repr(connect) in str(refusal)
    else:
        assert parse_connect(connect_string(connection)) == connection


@pytest.mark.parametrize(
    ("server", "hosts"),
    [
        ("srv1c", ("srv1c",)),
        ("SRV1C:1641", ("srv1c",)),
        ("tcp://srv1c:1541", ("srv1c",)),
        ("srv-a:1541, SRV-B;srv-a:1641", ("srv-a", "srv-b")),
        ("10.0.0.1:1541", ("10.0.0.1",)),
        ("[fe80::1]:1541", ("[fe80::1]",)),
        ("fe80::1", ("fe80::1",)),
        ("сервер", ("сервер",)),
        (" , ", ()),
    ],
)
def test_the_hosts_of_a_server_have_neither_port_nor_case(server: str, hosts: tuple[str, ...]) -> None:
    assert ServerConnection(server, "erp").hosts == hosts
