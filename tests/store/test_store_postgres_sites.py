"""PostgreSQL as sites have it: TLS, several hosts, replicas, poolers, schemas and roles of one's own."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from command import Running, run, serving
from ports import HOST, free_port
from postgres_cluster import Cluster, bouncer, cluster, replica
from store_contract import NOON, a_message
from test_store_postgres import followed, until

from errorhelp.store import StoreUnavailable
from errorhelp.store.migrations import MIGRATIONS
from errorhelp.store.postgres import PostgresStore

pytestmark = pytest.mark.more

CONFIGURATION = "infobases: [{id: erp, name: ERP, connect: {server: srv, ref: ERP}}]\n"


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[PostgresStore]:
    """An open store."""
    store = PostgresStore(address, heartbeat_seconds=0.1, leads_after_seconds=0.2)
    try:
        await store.open()
        yield store
    finally:
        await store.close()


async def refusal(address: str) -> StoreUnavailable:
    """Why a store cannot be opened."""
    with pytest.raises(StoreUnavailable) as refused:
        async with opened(address):
            pass
    return refused.value


async def asked(address: str, query: str) -> object:
    """What the database answers."""
    connection = await asyncpg.connect(address)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


def at(address: str, folder: Path) -> str:
    """The same database at another socket."""
    return f"{address.partition('?')[0]}?host={folder}"


# TLS and hosts


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of localhost, which signs itself."""
    file = tmp_path_factory.mktemp("tls") / "server.crt"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run(
        [*command, "-keyout", file.with_suffix(".key"), "-out", file], check=True, capture_output=True
    )
    return file


@pytest.fixture(scope="module")
def secured(certificate: Path, port: int) -> Iterator[Cluster]:
    """A cluster that speaks TLS on a port."""

    def settings(folder: Path) -> str:
        for file in (certificate, certificate.with_suffix(".key")):
            shutil.copy(file, folder / "data")
            shutil.chown(folder / "data" / file.name, "postgres")
            (folder / "data" / file.name).chmod(0o600)
        return f"listen_addresses = '{HOST}'\nport = {port}\nssl = on\n"

    with cluster(settings) as running:
        yield running


async def test_a_connection_is_as_safe_as_the_address_wants_it(
    secured: Cluster, certificate: Path, port: int, tmp_path: Path
) -> None:
    on_tls = (
        "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl AND usename = 'anna'"
    )
    sockets = f"{secured.address}&port={port}"
    await asked(sockets, "CREATE ROLE anna LOGIN SUPERUSER")
    address = f"postgresql://anna@localhost:{port}/postgres?sslmode="
    async with opened(f"{address}verify-full&sslrootcert={certificate}") as store, followed(store):
        await until(lambda: store.leads)
        await store.add(a_message(), "anna", NOON)
        assert await asked(sockets, on_tls) == 2
    async with opened(f"{address}disable"):
        assert await asked(sockets, on_tls) == 0
    for wanted in (
        f"{address}verify-full&sslrootcert={certificate}".replace("localhost", HOST),
        f"{address}verify-ca&sslrootcert={another_certificate(tmp_path)}",
    ):
        refused = await refusal(wanted)
        assert "certificate verify failed" in refused.reason and "sslrootcert" in refused.remedy
    missing = await refusal(f"{address}verify-full&sslrootcert={tmp_path}/none.crt")
    assert missing.reason == f"sslrootcert: {tmp_path}/none.crt is not there, or this account may not read it"


def another_certificate(folder: Path) -> Path:
    file = folder / "other.crt"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other", "-days", "2"]
    subprocess.run([*command, "-keyout", folder / "other.key", "-out", file], check=True, capture_output=True)
    return file


async def test_of_several_hosts_the_first_that_takes_writes_is_used(
    postgres: Cluster, tmp_path: Path
) -> None:
    address = await postgres.new_database()
    database = address.partition("?")[0].rpartition("/")[2]
    with cluster() as replica:
        # To whoever connects it is what a replica is.
        await replica.execute(f"CREATE DATABASE {database}")
        await replica.execute(
            "ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()"
        )
        hosts = f"{tmp_path},{replica.folder},{postgres.folder}"
        base = f"postgresql://postgres@/{database}?host={hosts}&target_session_attrs="
        async with opened(f"{base}read-write") as store:
            await store.add(a_message(), "anna", NOON)
        assert await asked(address, "SELECT count(*) FROM messages") == 1
        refused = await refusal(f"{base}any")
        assert "read-only transaction" in refused.reason
        assert "target_session_attrs=read-write" in refused.remedy
    nobody = await refusal(f"postgresql://postgres@/{database}?host={tmp_path},{tmp_path}/other")
    assert nobody.reason.count("No such file or directory") == 2 and f"{tmp_path}/other: " in nobody.reason


async def test_a_replica_that_is_promoted_is_found(tmp_path: Path) -> None:
    with cluster() as primary, replica(primary) as second:
        hosts = f"{second.folder},{primary.folder}"
        address = f"postgresql://postgres@/postgres?host={hosts}&target_session_attrs=read-write"
        async with opened(address) as store, followed(store):
            await until(lambda: store.leads)
            await store.add(a_message("before"), "anna", NOON)
            copied = "SELECT count(*) FROM messages"
            while await asked(second.address, copied) != 1:
                await asyncio.sleep(0.05)
            await asyncio.to_thread(primary.stop)
            with pytest.raises(StoreUnavailable):
                await store.add(a_message("meanwhile"), "anna", NOON)
            await asyncio.to_thread(second.promote)
            await store.add(a_message("after"), "anna", NOON)
            await until(lambda: store.leads)
            assert sorted(each.id for each in await store.messages()) == ["after", "before"]


async def test_connections_have_a_name_that_the_address_may_change(postgres: Cluster) -> None:
    address = await postgres.new_database()
    for given, name in (("", "errorhelp"), ("&application_name=help%20desk", "help desk")):
        async with opened(address + given) as store, followed(store):
            await until(lambda: store.leads)
            found = await asked(
                address,
                "SELECT array_agg(application_name ORDER BY pid = pg_backend_pid()) FROM pg_stat_activity"
                " WHERE datname = current_database()",
            )
            assert found == [name, name, ""]


async def test_a_password_file_is_read(postgres: Cluster, tmp_path: Path) -> None:
    await postgres.execute("CREATE ROLE bound LOGIN SUPERUSER PASSWORD 's3cret'")
    hba = postgres.folder / "data/pg_hba.conf"
    before = hba.read_text("ascii")
    hba.write_text(f"local all bound scram-sha-256\n{before}", "ascii")
    await postgres.execute("SELECT pg_reload_conf()")
    address = (await postgres.new_database()).replace("postgres@", "bound@")
    refused = await refusal(address)
    assert "password" in refused.reason and "~/.pgpass" in refused.remedy
    passwords = tmp_path / "passwords"
    passwords.touch(0o600)
    passwords.write_text("localhost:*:*:bound:s3cret\n", "ascii")
    async with opened(f"{address}&passfile={passwords}") as store:
        assert await store.messages() == []
    hba.write_text(before, "ascii")
    await postgres.execute("SELECT pg_reload_conf()")


# Schemas and roles


async def test_installations_in_schemas_of_one_database_know_nothing_of_one_another(
    postgres: Cluster,
) -> None:
    address = await postgres.new_database()
    database = address.partition("?")[0].rpartition("/")[2]
    await postgres.execute("CREATE SCHEMA one", "CREATE SCHEMA other", database=database)
    async with AsyncExitStack() as stack:
        stores = []
        for schema in ("one", "other"):
            store = await stack.enter_async_context(opened(f"{address}&search_path={schema}"))
            await stack.enter_async_context(followed(store))
            stores.append(store)
        await until(lambda: all(each.leads for each in stores))
        await stores[0].add(a_message("of one"), "anna", NOON)
        assert await stores[1].messages() == []
        assert await asked(address, "SELECT count(*) FROM one.messages") == 1
    missing = await refusal(f"{address}&search_path=nowhere")
    assert "no schema has been selected" in missing.reason and "create the schema" in missing.remedy


async def roles(postgres: Cluster) -> tuple[str, str, str]:
    """The addresses of a new database for its owner and for a role that may do nothing, and that role's name."""
    address = await postgres.new_database()
    database = address.partition("?")[0].rpartition("/")[2]
    owner, service = f"owner_{database}", f"service_{database}"
    await postgres.execute(
        f"CREATE ROLE {owner} LOGIN",
        f"CREATE ROLE {service} LOGIN",
        f"ALTER DATABASE {database} OWNER TO {owner}",
    )
    await postgres.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC", database=database)
    return address.replace("postgres@", f"{owner}@"), address.replace("postgres@", f"{service}@"), service


async def test_a_role_that_may_make_no_tables_is_refused_with_the_reason_and_works_once_the_owner_prepared_them(
    postgres: Cluster, tmp_path: Path
) -> None:
    owner, address, role = await roles(postgres)
    refused = await refusal(address)
    assert refused.reason == "permission denied for schema public"
    assert "errorhelp store prepare" in refused.remedy and "password" not in refused.remedy

    prepared = await asyncio.to_thread(run, tmp_path, "store", "prepare", owner, "--role", role)
    assert prepared.returncode == 0, prepared.stderr
    assert prepared.stdout.splitlines()[1] == f"{role} may read and write what is in them"
    config = tmp_path / "errorhelp.yaml"
    config.write_text(f"store: {address}\n{CONFIGURATION}", "utf-8")
    await asyncio.to_thread(used_and_restored, tmp_path, config)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asked(address, "DROP TABLE messages")


def used_and_restored(folder: Path, config: Path) -> None:
    """Post, make a token, back up, and restore as the service's role."""
    state, backup = folder / "state", folder / "backup.db"
    with serving(state, config) as service:
        for text in ("one", "other"):
            posted = run(state, "message", "post", "--to", "erp", "--for", "1h", "--text", text)
            assert posted.returncode == 0, posted.stderr
        assert run(state, "token", "make", "script", "--role", "viewer").returncode == 0
        assert run(state, "backup", backup, "--config", config).returncode == 0
        assert run(state, "message", "end", posted.stdout.strip()).returncode == 0
        assert "other" not in shown(service)
    restored = run(state, "restore", backup, "--config", config)
    assert restored.returncode == 0, restored.stderr
    with serving(state, config) as service:
        assert "other" in shown(service)
        assert run(state, "message", "post", "--to", "erp", "--for", "1h", "--text", "new").returncode == 0


def shown(service: Running) -> str:
    return str(service.help_json("erp")["userMessage"])


async def test_tables_of_an_earlier_version_are_the_owner_s_to_bring_up_to_date(postgres: Cluster) -> None:
    owner, address, role = await roles(postgres)
    types = {"serial": "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", "binary": "BYTEA"}
    connection = await asyncpg.connect(owner)
    await connection.execute("CREATE TABLE schema_version (version INTEGER NOT NULL)")
    for version, statements in enumerate(MIGRATIONS[:5], start=1):
        for statement in statements:
            await connection.execute(statement.format(**types))
        await connection.execute("INSERT INTO schema_version VALUES ($1)", version)
    await connection.execute(f"GRANT SELECT ON schema_version TO {role}")
    await connection.close()
    refused = await refusal(address)
    assert refused.reason == "must be owner of table problems"
    assert "errorhelp store prepare" in refused.remedy
    async with opened(owner) as store:
        await store.prepare(role)
    async with opened(address) as store:
        await store.add(a_message(), "anna", NOON)
        assert await store.reports.problem_changes() == []


# PgBouncer


async def test_behind_a_bouncer_that_pools_sessions_a_store_does_all_it_does(postgres: Cluster) -> None:
    address = await postgres.new_database()
    with bouncer(postgres, "session") as folder:
        through = at(address, folder)
        async with opened(through) as store, opened(through) as other, followed(store), followed(other):
            await until(lambda: store.leads or other.leads)
            assert not (store.leads and other.leads)
            async with opened(through) as third, aclosing(third.changes()) as changes:
                await anext(changes)
                await other.add(a_message(), "anna", NOON)
                async with asyncio.timeout(10):
                    await anext(changes)


@pytest.mark.parametrize("mode", ["transaction", "statement"])
async def test_a_bouncer_that_pools_transactions_is_noticed_and_help_is_served_all_the_same(
    postgres: Cluster, tmp_path: Path, mode: str
) -> None:
    address = await postgres.new_database()
    async with opened(address) as store:
        await store.add(a_message(), "anna", NOON)
    config = tmp_path / "errorhelp.yaml"
    with bouncer(postgres, mode) as folder:
        config.write_text(f"store: {at(address, folder)}\n{CONFIGURATION}", "utf-8")
        for _ in range(3):
            refused = await refusal(at(address, folder))
            assert "a pooler such as PgBouncer" in refused.reason and "pool_mode = session" in refused.remedy
        said, help_text = await asyncio.to_thread(served, tmp_path / "state", config)
        assert "a pooler such as PgBouncer" in said and "pool_mode = session" in said
        assert "userMessage" in help_text


def served(state: Path, config: Path) -> tuple[str, dict[str, object]]:
    """What `status` says of the store, and the help that is served."""
    with serving(state, config) as service:
        refused = run(state, "message", "post", "--to", "erp", "--for", "1h", "--text", "x")
        assert refused.returncode != 0 and "pool_mode = session" in refused.stderr
        return run(state, "status").stdout, service.help_json("erp")
