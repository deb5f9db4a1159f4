"""What `docs/*/sign-in.md` shows works: the settings, and the proxy in a real Apache."""

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from hashlib import sha1
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree

import pytest
from admin_api import AdminApi, admin_api
from aiohttp import ClientSession
from configurations import read
from nginx_example import self_signed, wait_until_listening
from ports import HOST, free_port
from signing_in import HASH

DOCS = Path(__file__).parents[2] / "docs"
TEXTS = {language: (DOCS / language / "sign-in.md").read_text("utf-8") for language in ("en", "ru")}
ON_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Apache is tested on Linux")

FOLDERS = "infobases: [{id: erp, name: ERP, connect: {server: s, ref: r}, folder: /Finance}]\n"
MODULES = """
    mpm_event authz_core authn_core authz_user authn_file auth_basic headers proxy proxy_http ssl socache_shmcb
"""
# Kerberos takes a domain; a password file names users just as well.
WITHOUT_KERBEROS = """
        AuthType Basic
        AuthName "errorhelp"
        AuthUserFile {folder}/passwords
"""


def code(language: str, kind: str) -> list[str]:
    """The examples of a kind."""
    return re.findall(rf"```{kind}\n(.*?)```", TEXTS[language], re.DOTALL)


def settings(language: str) -> list[str]:
    """The examples of settings."""
    indented = re.findall(r"(?:    .*\n)+", TEXTS[language])
    return [dedent(each) for each in indented if each.startswith("    admin:")]


@pytest.mark.parametrize("kind", ["apache", "csharp", "xml"])
def test_both_languages_show_the_same_examples(kind: str) -> None:
    assert code("en", kind) == code("ru", kind) != []
    assert settings("en") == settings("ru") != []


@pytest.mark.parametrize("example", settings("en"))
def test_the_settings_that_are_shown_can_be_used(tmp_path: Path, example: str) -> None:
    assert read(tmp_path, FOLDERS + example.replace("$argon2id$v=19$m=65536,t=3,p=4$…", HASH)).settings.admin


def test_the_web_config_that_is_shown_is_xml() -> None:
    (example,) = code("en", "xml")
    assert ElementTree.fromstring(example.encode()).tag == "configuration"  # noqa: S314 - our own


@asynccontextmanager
async def apache(api: AdminApi) -> AsyncIterator[str]:
    """The shown Apache in front of the listener, by its URL."""
    with tempfile.TemporaryDirectory(prefix="apache-") as name:
        folder, https = Path(name), free_port()
        folder.chmod(0o755)
        certificate = self_signed(folder)
        digest = b64encode(sha1(b"secret").digest()).decode()  # noqa: S324 - as Apache wants it
        (folder / "passwords").write_text(f"oleg:{{SHA}}{digest}\n")
        site = code("en", "apache")[0]
        for shown, here in {
            "*:443": f"{HOST}:{https}",
            "/etc/ssl/certs/errorhelp.example.com.pem": str(certificate),
            "/etc/ssl/private/errorhelp.example.com.key": str(certificate),
            "http://127.0.0.1:8081": api.url,
        }.items():
            assert shown in site
            site = site.replace(shown, here)
        kerberos = re.search(r" *AuthType GSSAPI\n.*GssapiLocalName On\n", site, re.DOTALL)
        assert kerberos
        site = site.replace(kerberos[0], WITHOUT_KERBEROS.format(folder=folder))
        loaded = "\n".join(f"LoadModule {each}_module modules/mod_{each}.so" for each in MODULES.split())
        (folder / "httpd.conf").write_text(
            f"ServerRoot /usr/lib/apache2\n{loaded}\nUser #65534\nGroup #65534\nServerName localhost\n"
            f"PidFile {folder}/pid\nDefaultRuntimeDir {folder}\nErrorLog {folder}/error.log\n"
            f"Listen {HOST}:{https}\n{site}"
        )
        program = shutil.which("apache2") or shutil.which("apache2", path="/usr/sbin")
        assert program, "there is no Apache here; tests/install-system-packages installs it"
        process = await asyncio.create_subprocess_exec(
            program, "-f", str(folder / "httpd.conf"), "-DFOREGROUND", stderr=subprocess.PIPE
        )
        try:
            await asyncio.to_thread(wait_until_listening, https)
            yield f"https://{HOST}:{https}"
        finally:
            process.terminate()
            await process.wait()


@pytest.mark.more
@ON_POSIX
async def test_behind_apache_whoever_signed_in_there_is_in_and_nobody_calls_themselves_somebody_else(
    tmp_path: Path,
) -> None:
    admin = """
        url: https://errorhelp.example.com, trusted_proxies: 127.0.0.1, user_header: Remote-User,
        users: [{name: oleg, role: editor}, {name: anna, role: admin}], groups: [{group: all, role: admin}]
    """
    pretended = {"Remote-User": "anna", "Remote-Groups": "all", "Host": "errorhelp.example.com"}
    async with admin_api(tmp_path, admin=admin) as api, apache(api) as url, ClientSession() as http:

        async def ask(method: str, path: str, headers: Mapping[str, str]) -> tuple[int, str]:
            given = pretended | dict(headers)
            async with http.request(method, url + path, headers=given, ssl=False) as answer:
                return answer.status, await answer.text()

        oleg = {"Authorization": f"Basic {b64encode(b'oleg:secret').decode()}"}
        assert (await ask("GET", "/api/v1/me", {}))[0] == 401
        status, text = await ask("GET", "/api/v1/me", oleg)
        assert (status, '"name":"oleg","role":"editor"' in text) == (200, True)
        message = await api.posted()
        address = f"/api/v1/messages/{message['id']}/end"
        assert (await ask("POST", address, oleg | {"Origin": "https://evil.example"}))[0] == 403
        assert (await ask("POST", address, oleg | {"Origin": "https://errorhelp.example.com"}))[0] == 200
