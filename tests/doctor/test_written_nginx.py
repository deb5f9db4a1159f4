"""Two hundred publications behind an nginx whose configuration errorhelp wrote, as `errorhelp doctor` sees them."""

import json
from pathlib import Path

import pytest
from command import run, serving
from nginx_example import self_signed, serving_site
from ports import HOST, free_port
from publication import publication

pytestmark = pytest.mark.integration

CONFIGURATION = """
publish: ../tree
public: {{url: 'https://{host}:{https}', trusted_proxies: {host}}}
help: {{text: Call 112}}
web_server:
  certificate: {certificate}
  key: {certificate}
  service: {host}:{public}
  hosts: [{{host: {host}, backend: 'http://{host}:{works}'}}]
publications: [{{pattern: 'https://{host}:{https}/{{ref_lower}}', worker: true}}]
infobases:
"""
INFOBASE = "  - {{id: base_{number}, name: N{number}, connect: {{server: srv1c, ref: BASE_{number}}}}}\n"


def test_all_are_clean_and_one_that_nginx_does_not_know_yet_is_named(tmp_path: Path) -> None:
    https, public = free_port(), free_port()
    certificate = self_signed(tmp_path)
    config = tmp_path / "config" / "errorhelp.yaml"
    config.parent.mkdir()

    def doctor() -> list[str]:
        asked = ("doctor", "--config", config, "--ca", certificate, "--json")
        findings = json.loads(run(tmp_path / "state", *asked).stdout)
        good = [each for each in findings if each["level"] == "ok"]
        assert sum(each["subject"].startswith("publication of ") for each in good) == 200
        return [
            f"{each['level']} {each['subject']}: {each['text']}"
            for each in findings
            if each not in good and each["subject"] not in ("disk", "TLS")
        ]

    with publication() as works:
        settings = {
            "host": HOST,
            "https": https,
            "public": public,
            "works": works.port,
            "certificate": certificate,
        }
        infobases = "".join(INFOBASE.format(number=number) for number in range(200))
        config.write_text(CONFIGURATION.format(**settings) + infobases, "utf-8")
        with serving(tmp_path / "state", config, public=f"{HOST}:{public}") as service:
            service.first_line("published to")
            site = run(service.state, "web-server", "nginx", "--config", config).stdout
            # Elsewhere than here it listens everywhere.
            site = site.replace(f"listen [::]:{https} ssl http2;", "")
            with serving_site(tmp_path, site.replace(f"listen {https} ", f"listen {HOST}:{https} "), https):
                assert doctor() == []
                config.write_text(f"{config.read_text('utf-8')}{INFOBASE.format(number=200)}", "utf-8")
                assert run(service.state, "reload").returncode == 0
                assert run(service.state, "publish").returncode == 0
                assert doctor() == [
                    "broken publication of base_200: nginx has no location for /base_200/: "
                    "errorhelp is asked there, not 1C"
                ]
