"""Where a PostgreSQL database is, as people write it, and what they are told when that cannot be."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errorhelp.formats.postgres_address import PostgresAddress, parse_postgres_address

NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)
HOSTS = st.one_of(
    st.from_regex(r"[a-z0-9][a-z0-9.-]{0,9}", fullmatch=True),
    st.ip_addresses(v=6).map(str),
    st.from_regex(r"/[a-z0-9/._-]{0,9}", fullmatch=True),
)


@given(
    st.builds(
        PostgresAddress,
        hosts=st.lists(st.tuples(HOSTS, st.none() | st.integers(1, 65535)), max_size=3).map(tuple),
        database=NAMES,
        user=st.none() | NAMES,
        password=st.none(),
        options=st.dictionaries(st.sampled_from(["application_name", "search_path", "sslcert"]), NAMES),
    )
)
def test_an_address_is_read_as_it_was_written(address: PostgresAddress) -> None:
    assert parse_postgres_address(str(address)) == address


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("postgresql://errorhelp@db1/errorhelp", (("db1", None),)),
        ("postgresql://errorhelp@db1:5433,db2/errorhelp", (("db1", 5433), ("db2", None))),
        ("postgresql://db1,[fd00::2]:5433/errorhelp", (("db1", None), ("fd00::2", 5433))),
        ("postgresql:///errorhelp?host=db1,db2&port=5433", (("db1", 5433), ("db2", 5433))),
        ("postgresql:///errorhelp?host=db1:1&host=db2:2", (("db1", 1), ("db2", 2))),
        ("postgresql:///errorhelp?host=db1,db2&port=1,2", (("db1", 1), ("db2", 2))),
        ("postgresql:///errorhelp?host=/run/postgresql", (("/run/postgresql", None),)),
        ("postgresql://%2Frun%2Fpostgresql/errorhelp", (("/run/postgresql", None),)),
        ("postgresql:///errorhelp", ()),
    ],
)
def test_hosts_stand_where_other_programs_of_postgresql_look_for_them(
    text: str, hosts: tuple[tuple[str, int | None], ...]
) -> None:
    address = parse_postgres_address(text)
    assert (address.hosts, address.database) == (hosts, "errorhelp")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("mysql://db1/errorhelp", "must be postgresql://user@host/database"),
        ("postgresql://db1", "must be postgresql://user@host/database"),
        ("postgresql://db1:pg/errorhelp", "'db1:pg' is no host"),
        ("postgresql://db1,,db2/errorhelp", "'' is no host"),
        ("postgresql://db1:70000/errorhelp", "'70000' is no port"),
        ("postgresql:///errorhelp?host=a,b,c&port=1,2", "2 ports do not fit 3 hosts"),
        ("postgresql:///errorhelp?port=1", "a port needs a host"),
        (
            "postgresql://db1/errorhelp?connect_timeout=9",
            "'connect_timeout' cannot stand here; what can: app",
        ),
        ("postgresql://db1/errorhelp?sslmode=on", "sslmode cannot be 'on'; it may be disable, allow, prefer"),
        ("postgresql://db1/errorhelp?sslrootcert=system", "sslrootcert must be a file here"),
        ("postgresql://db1/errorhelp?sslmode=", "sslmode needs a value"),
        ("postgresql://db1/errorhelp?target_session_attrs=standby", "it may be any, read-write, primary"),
        ("postgresql://db1/errorhelp?application_name=a%00b", "holds a control character"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        parse_postgres_address(text)


def test_a_password_is_not_shown() -> None:
    for text in ("postgresql://anna:s3cret@db1/errorhelp", "postgresql://anna@db1/errorhelp?password=s3cret"):
        address = parse_postgres_address(text)
        assert address.password == "s3cret"
        assert str(address.without_password) == "postgresql://anna@db1/errorhelp"
