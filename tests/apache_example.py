"""`deploy/apache.conf` in a real Apache, with other addresses and folders; all else as it stands there."""

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nginx_example import Front, replace_all, self_signed, wait_until_listening
from ports import HOST, free_port

EXAMPLE = Path(__file__).parent.parent / "deploy" / "apache.conf"
_MODULES = """
    mpm_event authz_core mime dir headers rewrite substitute filter ssl socache_shmcb slotmem_shm proxy
    proxy_http proxy_balancer lbmethod_byrequests macro
"""


@contextmanager
def running(
    folder: Path, tree: Path, *, errorhelp: int, publication: int, example: str | None = None
) -> Iterator[Front]:
    """An Apache with the example's configuration, in front of two ports of this machine.

    `example` is another text in place of the example's.
    """
    https, http, standby = free_port(), free_port(), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    certificate = self_signed(folder)
    site = replace_all(
        example or EXAMPLE.read_text("utf-8"),
        {
            "/srv/errorhelp": str(tree),
            "http://127.0.0.1:8080": f"http://{HOST}:{errorhelp}",
            "http://192.0.2.10:80": f"http://{HOST}:{publication}",
            "127.0.0.1:8079": f"{HOST}:{standby}",
            "*:443": f"{HOST}:{https}",
            "*:80": f"{HOST}:{http}",
            "/etc/ssl/certs/1c.example.com.pem": str(certificate),
            "/etc/ssl/private/1c.example.com.key": str(certificate),
            "timeout=600": "timeout=1",
        },
    )
    (folder / "site.conf").write_text(site, "utf-8")
    (folder / "httpd.conf").write_text(_main_file(folder, https, http), "utf-8")
    program = shutil.which("apache2") or shutil.which("apache2", path="/usr/sbin")
    if program is None:
        raise FileNotFoundError("there is no Apache here; tests/install-system-packages installs it")
    command = [program, "-f", str(folder / "httpd.conf")]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with subprocess.Popen([*command, "-DFOREGROUND"]) as process:
        try:
            trust = ssl.create_default_context(cafile=certificate)
            wait_until_listening(https)
            yield Front(tree, https, http, process.pid, trust)
        finally:
            process.terminate()


def _main_file(folder: Path, https: int, http: int) -> str:
    modules = "\n".join(f"LoadModule {name}_module modules/mod_{name}.so" for name in _MODULES.split())
    return f"""
ServerRoot /usr/lib/apache2
{modules}
User #65534
Group #65534
ServerName localhost
PidFile {folder}/pid
DefaultRuntimeDir {folder}
ErrorLog {folder}/error.log
TypesConfig /dev/null
Listen {HOST}:{https}
Listen {HOST}:{http}
Include {folder}/site.conf
"""
