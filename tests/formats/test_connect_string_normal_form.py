import pytest
from hypothesis import given
from hypothesis import strategies as st

from errorhelp.formats.connect_string import (
    Connection,
    FileConnection,
    ServerConnection,
    WebConnection,
    normal_form,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ServerConnection("SRV1C", "Erp"), ServerConnection("srv1c:1541", "ERP")),
        (ServerConnection("tcp://srv1c", "erp"), ServerConnection("srv1c", "erp")),
        (ServerConnection("a:1541, B", "erp"), ServerConnection("A;b:1541", "erp")),
        (FileConnection("C:\\Bases\\ERP\\"), FileConnection("c:/bases//erp")),
        (FileConnection("\\\\FS\\1c\\erp"), FileConnection("//fs/1c/ERP/")),
        (FileConnection("/srv/1c/erp/"), FileConnection("/srv/1c/./erp")),
        (WebConnection("HTTPS://1C.example.com:443/erp/"), WebConnection("https://1c.example.com/erp")),
        (WebConnection("http://h:80"), WebConnection("http://h/")),
        (WebConnection("https://h/%D0%B5rp"), WebConnection("https://h/еrp")),
    ],
)
def test_connections_that_lead_to_one_infobase_have_one_normal_form(one: Connection, other: Connection):
    assert normal_form(one) == normal_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ServerConnection("srv1c:2541", "erp"), ServerConnection("srv1c", "erp")),
        (ServerConnection("srv1c", "erp"), ServerConnection("srv1c", "erp2")),
        (FileConnection("/srv/1c/ERP"), FileConnection("/srv/1c/erp")),
        (FileConnection("\\\\fs\\erp"), FileConnection("\\fs\\erp")),
        (WebConnection("http://h/erp"), WebConnection("https://h/erp")),
        (WebConnection("https://h:8443/erp"), WebConnection("https://h/erp")),
        (WebConnection("https://h/ERP"), WebConnection("https://h/erp")),
    ],
)
def test_connections_that_may_lead_to_different_infobases_differ(one: Connection, other: Connection):
    assert normal_form(one) != normal_form(other)


PARTS = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1)
CONNECTIONS = (
    st.builds(ServerConnection, PARTS, PARTS)
    | st.builds(FileConnection, PARTS)
    | st.builds(WebConnection, PARTS.map("https://{}".format))
)


@given(CONNECTIONS)
def test_a_normal_form_is_its_own(connection: Connection):
    assert normal_form(normal_form(connection)) == normal_form(connection)
