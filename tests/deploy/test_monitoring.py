"""Alert rules and dashboard, tried with Prometheus: the rules on made-up histories, the dashboard on a real service."""

import json
import re
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml
from command import Running, run, serving
from ports import HOST, free_port

DEPLOY = Path(__file__).parents[2] / "deploy"
HISTORIES = Path(__file__).with_name("alerts.test.yaml")
CONFIGURATION = """
publish: ../tree
publish_copies: [{id: second, folder: ../second}]
reports:
  enabled: true
  # Nobody listens there.
  forward: [{id: desk, webhook: "http://127.0.0.1:9/", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}]
infobases:
  - {id: erp, name: ERP, connect: {server: s, ref: erp}}
"""
PATIENCE = 60.0


def test_every_alert_is_tried_where_it_fires_and_where_it_does_not() -> None:
    (group,) = yaml.safe_load((DEPLOY / "alerts.yaml").read_text("utf-8"))["groups"]
    fires: dict[str, set[bool]] = {rule["alert"]: set() for rule in group["rules"]}
    for history in yaml.safe_load(HISTORIES.read_text("utf-8"))["tests"]:
        for tried in history["alert_rule_test"]:
            fires[tried["alertname"]].add(bool(tried.get("exp_alerts")))
    assert all(each == {False, True} for each in fires.values()), fires


@pytest.mark.more
def test_alerts_fire_when_they_should() -> None:
    done = subprocess.run(["promtool", "test", "rules", HISTORIES], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.more
def test_prometheus_finds_something_for_every_expression_of_the_dashboard_and_evaluates_every_rule(
    tmp_path: Path,
) -> None:
    config = tmp_path / "config" / "errorhelp.yaml"
    config.parent.mkdir()
    config.write_text(CONFIGURATION, "utf-8")
    with serving(tmp_path / "state", config) as service:
        service.first_line("published to")
        outage = ("message", "post", "--to", "erp", "--for", "1h", "--severity", "outage", "--text", "Стоим")
        assert run(service.state, *outage).returncode == 0
        service.help_json("erp")
        with prometheus(tmp_path, service) as ask:
            # A rate needs two scrapes.
            wait_for(ask, 'count_over_time(up{job="errorhelp"}[1m]) > 2 and up == 1')
            found = {expression: ask("query", query=expression)["result"] for expression in expressions()}
            rules = [rule for group in ask("rules")["groups"] for rule in group["rules"]]
    assert len(found) > 20
    assert [expression for expression, result in found.items() if not result] == []
    assert {rule["health"] for rule in rules} == {"ok"}


def expressions() -> list[str]:
    """What the dashboard asks for, with the values that Grafana has for its variables."""
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_bytes())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    for variable in dashboard["templating"]["list"]:
        asked += re.findall(r"label_values\((\w+), \w+\)", str(variable["query"]))
    return [each.replace("$instance", ".*").replace("$__rate_interval", "1m") for each in asked]


@contextmanager
def prometheus(folder: Path, service: Running) -> Iterator[Callable[..., Any]]:
    """A Prometheus that reads the service each second as the documentation has it: what asks its API."""
    scraped = {
        "job_name": "errorhelp",
        "authorization": {"credentials_file": str(service.state / "token")},
        "static_configs": [{"targets": [service.admin.removeprefix("http://")]}],
    }
    often = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    settings = {"global": often, "rule_files": [str(DEPLOY / "alerts.yaml")], "scrape_configs": [scraped]}
    file, port = folder / "prometheus.yml", free_port()
    file.write_text(yaml.safe_dump(settings), "utf-8")
    options = {
        "config.file": file,
        "storage.tsdb.path": folder / "tsdb",
        "web.listen-address": f"{HOST}:{port}",
    }

    def ask(path: str, **query: str) -> Any:
        with urllib.request.urlopen(
            f"http://{HOST}:{port}/api/v1/{path}?{urlencode(query)}", timeout=10
        ) as answer:
            return json.load(answer)["data"]

    with (folder / "prometheus.log").open("w") as log:
        process = subprocess.Popen(
            ["prometheus", *(f"--{name}={value}" for name, value in options.items())], stderr=log
        )
        try:
            yield ask
        finally:
            process.terminate()
            process.wait(timeout=30)


def wait_for(ask: Callable[..., Any], expression: str) -> None:
    """Until the expression finds something and every rule was evaluated."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            groups = ask("rules")["groups"]
            is_evaluated = all(rule["health"] != "unknown" for group in groups for rule in group["rules"])
            if is_evaluated and ask("query", query=expression)["result"]:
                return
        except OSError:
            pass  # It is still starting.
        assert time.monotonic() < until, expression
        time.sleep(0.2)
