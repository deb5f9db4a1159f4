"""A machine on which the commands of `docs/*/nginx.md` are typed as they stand there, with a browser in front of it.

A program, `tests/empty_machine.py LANGUAGE FOLDER`, which starts itself anew in namespaces of its own (mounts, network;
not root's: users too). There it has the folders of this machine but for those that the commands write to, the addresses
of the page on loopback, and stand-ins for 1C's web server, for packages, accounts and systemd. All else is real:
errorhelp from the sources, nginx, Chromium.
"""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import chromium
from aiohttp import web
from engines import HAS_A_NETWORK
from fixture_files import SIXTY
from guide_steps import ROOT, steps
from playwright.async_api import BrowserContext, Page, async_playwright, expect

_HELP, _1C, _BACKEND = "help.example.com", "1c.example.com", "192.0.2.10"
_CERTIFICATE, _KEY = Path(f"/etc/ssl/certs/{_1C}.pem"), Path(f"/etc/ssl/private/{_1C}.key")
_LIST = Path("/etc/errorhelp/ibases.v8i")
_NGINX = Path("/etc/nginx/conf.d/errorhelp.conf")
_LAST_WRITTEN = Path("/srv/errorhelp/offline/zup_02/register.js")
_PATIENCE = 60.0
# Set where nothing that is done reaches the machine itself.
_ALONE = "EMPTY_MACHINE_IS_ALONE"
_PUBLICATION = f"https://{_1C}/zup_02/"
_NEW = '\r\n[Новая база]\r\nConnect=Srvr="srv1c-1";Ref="brand_new";\r\n'
_MESSAGE = {"en": "A rehearsal: 1C is switched off", "ru": "Репетиция: 1С выключена"}
_WRITTEN = ("opt", "srv", "var/lib", "var/log", "run")
_PIP = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "false", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
_SPEAKS = {"en": "C.UTF-8", "ru": "ru_RU.UTF-8"}


def set_up(folder: Path) -> dict[str, str]:
    """Make the machine, and give the environment of whoever types there."""
    for command in ("ip link set lo up", f"ip address add {_BACKEND}/32 dev lo"):
        subprocess.run(command.split(), check=True)
    # Not everybody may read everything there.
    subprocess.run(["cp", "--archive", "/etc", folder / "etc"], check=False, stderr=subprocess.DEVNULL)
    for each in _WRITTEN:
        (folder / each).mkdir(parents=True)
    for each in ("etc", *_WRITTEN):
        subprocess.run(["mount", "--bind", folder / each, f"/{each}"], check=True)
    for each in ("/var/lib/nginx", "/var/log/nginx"):
        Path(each).mkdir()
    with Path("/etc/hosts").open("a", encoding="ascii") as hosts:
        hosts.write(f"\n127.0.0.1 {_HELP} {_1C}\n")
    main_file = Path("/etc/nginx/nginx.conf")
    # A namespace may have one account only.
    main_file.write_text(re.sub(r"(?m)^user .*;", "user root;", main_file.read_text("utf-8")), "utf-8")
    shutil.rmtree("/etc/errorhelp", ignore_errors=True)
    _make_certificate()
    programs = folder / "bin"
    programs.mkdir()
    # Debian starts what it installs.
    _write_program(
        programs / "apt-get", '#!/bin/sh\ncase "$*" in install*nginx*) exec systemctl start nginx; esac\n'
    )
    account = "errorhelp:x:0:0::/var/lib/errorhelp:/usr/sbin/nologin"
    _write_program(
        programs / "useradd", f"#!/bin/sh\necho {account} >> /etc/passwd; echo errorhelp:x:0: >> /etc/group\n"
    )
    stand_in = (ROOT / "tests" / "systemctl_stand_in.py").read_text("utf-8")
    _write_program(programs / "systemctl", f"#!{sys.executable}\n{stand_in}")
    _write_program(programs / "python3", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    path = f"{programs}:/usr/sbin:/usr/bin:/sbin:/bin"
    packages = next(each for each in sys.path if each.endswith("site-packages"))
    return {
        "PATH": path,
        "HOME": str(folder),
        "PYTHONPATH": packages,
        "SSL_CERT_FILE": str(_CERTIFICATE),
        **_PIP,
    }


def _make_certificate() -> None:
    """One for both names, which this machine's programs trust."""
    names = f"subjectAltName=DNS:{_HELP},DNS:{_1C}"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "90",
        "-subj",
        f"/CN={_1C}",
    ]
    _KEY.parent.mkdir(exist_ok=True)
    command += ["-addext", names, "-keyout", str(_KEY), "-out", str(_CERTIFICATE)]
    subprocess.run(command, check=True, capture_output=True)


def _write_program(file: Path, text: str) -> None:
    file.write_text(text, "utf-8")
    file.chmod(0o755)


def _public_key_digest() -> str:
    """By which Chromium trusts a certificate without an authority."""
    command = f"openssl x509 -in {_CERTIFICATE} -pubkey -noout | openssl pkey -pubin -outform der"
    command += " | openssl dgst -sha256 -binary | openssl enc -base64"
    return subprocess.run(["sh", "-c", command], check=True, capture_output=True, text=True).stdout.strip()


@asynccontextmanager
async def browsing() -> AsyncIterator[Page]:
    """A tab of a browser that trusts the certificate."""
    program = shutil.which("chromium")
    assert program, "tests/install-system-packages installs it"
    flags = [*chromium.FLAGS, f"--ignore-certificate-errors-spki-list={_public_key_digest()}"]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=flags)
        context: BrowserContext = await browser.new_context(locale="en-GB")
        await context.add_init_script(HAS_A_NETWORK)
        yield await context.new_page()
        await browser.close()


@asynccontextmanager
async def web_server_of_1c() -> AsyncIterator[None]:
    """Every address is the start page of a publication."""

    async def start_page(request: web.Request) -> web.Response:
        page = "<!doctype html><html><head><title>1C</title></head><body>1C works</body></html>"
        return web.Response(text=page, content_type="text/html")

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", start_page)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, _BACKEND, 8090).start()
    try:
        yield
    finally:
        await runner.cleanup()


class Shell:
    """Types blocks of commands as root does who has just logged in, in the folder of the sources."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment

    async def type(self, block: str) -> str:
        """What the commands print; all of them must work."""
        profile = "if [ -e /etc/profile.d/errorhelp.sh ]; then . /etc/profile.d/errorhelp.sh; fi\n"
        process = await asyncio.create_subprocess_exec(
            "bash",
            "-eu",
            "-o",
            "pipefail",
            "-c",
            profile + block,
            cwd=ROOT,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        printed = output.decode("utf-8", "replace")
        sys.stdout.write(f"$ {block}{printed}")
        assert process.returncode == 0, process.returncode
        return printed


async def follow(language: str, folder: Path) -> None:
    """Do all that the page says, and see what it says that is seen."""
    shell = Shell(set_up(folder) | {"LC_ALL": _SPEAKS[language]})
    blocks = steps(language)
    for number in range(1, 6):
        if number == 2:
            shutil.copy(SIXTY, _LIST)
        for block in blocks[number]:
            if block.startswith("ls "):
                await _there_are_files()
            await shell.type(block)
    async with browsing() as page:
        async with web_server_of_1c():
            for block in blocks[7]:
                printed = await shell.type(block)
            assert not re.search("BROKEN|СЛОМАНО", printed)
            post, stop, start_nginx, start = blocks[8]
            await shell.type(post)
            await page.goto(_PUBLICATION)
            await expect(page.locator("body")).to_have_text("1C works")
            await page.evaluate("navigator.serviceWorker.ready")
        await shell.type(stop)
        await page.goto(_PUBLICATION)
        await expect(page.locator("h1")).to_contain_text("ООО «Василёк»")
        await expect(page.locator("body")).to_contain_text(_MESSAGE[language])
        await expect(page.locator("body")).to_contain_text("+7 (495) 123-45-67")
        async with web_server_of_1c():
            assert _MESSAGE[language] in await shell.type(start_nginx)
            await expect(page.locator("body")).to_have_text("1C works", timeout=90_000)
            assert page.url == _PUBLICATION
            assert _MESSAGE[language] in await shell.type(start)
            _LIST.write_bytes(_LIST.read_bytes() + _NEW.encode())
            assert "brand_new" not in _NGINX.read_text("utf-8")
            for block in blocks[9]:
                printed = await shell.type(block)
            assert "brand_new" in _NGINX.read_text("utf-8")
            assert not re.search("BROKEN|СЛОМАНО", printed)


async def _there_are_files() -> None:
    """Wait for the moment of which the page speaks."""
    async with asyncio.timeout(_PATIENCE):
        while not _LAST_WRITTEN.exists():
            await asyncio.sleep(0.05)


def _left_behind() -> Iterator[int]:
    """The processes that the commands started, and did not stop."""
    for file in map(Path, ("/run/errorhelp.pid", "/run/nginx.pid")):
        if file.exists() and (process_id := file.read_text("ascii").strip()):
            yield int(process_id)


def _start_alone() -> None:
    """Start this program in namespaces of its own, in its own place."""
    users = () if os.geteuid() == 0 else ("--user", "--map-root-user")
    command = ["unshare", "--mount", "--net", *users, "env", f"{_ALONE}=1", sys.executable, *sys.argv]
    os.execvp(command[0], command)  # noqa: S606


if __name__ == "__main__":
    if _ALONE not in os.environ:
        _start_alone()
    try:
        asyncio.run(follow(sys.argv[1], Path(sys.argv[2])))
    finally:
        for process_id in _left_behind():
            with suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGTERM)
