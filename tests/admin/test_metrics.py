"""`/metrics`, read by another's parser, and the dashboard and alerts that are made of it."""

import asyncio
import json
import re
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from admin_api import AUTHORIZED, NOON, AdminApi, admin_api
from command import Running, run, serving
from prometheus_client.parser import text_string_to_metric_families

from errorhelp.admin.service_metrics import of_forwarding
from errorhelp.service.forwarder import ForwardingCounters
from errorhelp.store.forwarding_records import Depth
from errorhelp.system.loop_lag import LoopLag

DEPLOY = Path(__file__).parents[2] / "deploy"
DOCS = Path(__file__).parents[2] / "docs"
CONFIGURATION = """
publish: ../tree
publish_copies: [{id: second, folder: ../second}]
reports:
  enabled: true
  # Nobody listens there.
  forward: [{id: desk, webhook: "http://127.0.0.1:9/", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}]
infobases:
  - {id: erp, name: ERP, connect: {server: s, ref: erp}}
lists:
  - {id: all, folders: /}
"""

KINDS = ("login_failure", "crash", "offline")
MOST_SCRAPES = 200

Labels = frozenset[tuple[str, str]]


class Scrape:
    """What one reading of the metrics says."""

    def __init__(self, text: str) -> None:
        families = list(text_string_to_metric_families(text))
        assert len({each.name for each in families}) == len(families)
        assert all(each.documentation and each.type in ("gauge", "counter", "histogram") for each in families)
        self.samples: Mapping[tuple[str, Labels], float] = {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in families
            for sample in family.samples
        }
        self.names = {name for name, _ in self.samples}
        self.histograms = {each.name for each in families if each.type == "histogram"}

    def get(self, name: str, **labels: str) -> float | None:
        return self.samples.get((name, frozenset(labels.items())))

    def duration_count(self, route: str, listener: str) -> float | None:
        """How many requests were measured."""
        of_route = {"listener": listener, "route": route}
        count = self.get("errorhelp_request_duration_seconds_count", **of_route)
        assert count == self.get("errorhelp_request_duration_seconds_bucket", le="+Inf", **of_route)
        return count

    def requests(self, route: str, status: int, listener: str = "public") -> float | None:
        return self.get("errorhelp_requests_total", listener=listener, route=route, status=str(status))


def configured(folder: Path) -> Path:
    file = folder / "config" / "errorhelp.yaml"
    file.parent.mkdir()
    file.write_text(CONFIGURATION, "utf-8")
    return file


def scrape_text(service: Running) -> str:
    request = urllib.request.Request(f"{service.admin}/metrics")
    token = (service.state / "token").read_text("ascii").strip()
    request.add_header("Authorization", f"Bearer {token}")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        return str(answer.read().decode())


def scrape(service: Running) -> Scrape:
    return Scrape(scrape_text(service))


async def scraped(api: AdminApi, headers: Mapping[str, str] = AUTHORIZED) -> Scrape:
    async with api.http.get(f"{api.url}/metrics", headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return Scrape(await answer.text())


def ask(
    service: Running, path: str, *, method: str = "GET", etag: str = "", body: bytes | None = None
) -> str:
    """The ETag of an answer."""
    headers = {"If-None-Match": etag} if etag else {}
    request = urllib.request.Request(service.public + path, body, headers, method=method)
    with suppress(urllib.error.HTTPError), urllib.request.urlopen(request, timeout=10) as answer:
        return str(answer.headers["ETag"])
    return ""


@pytest.mark.integration
def test_requests_are_counted_by_route_and_status(tmp_path: Path) -> None:
    with serving(tmp_path / "state", configured(tmp_path)) as service:
        etag = ask(service, "/help/erp.json")
        ask(service, "/help/erp.json", method="HEAD")
        ask(service, "/help/erp.json", method="POST", body=b"{}")
        ask(service, "/help/erp.json", etag=etag)
        ask(service, "/help/nobody.json")
        ask(service, "/lists/all.v8i")
        ask(service, "/")
        ask(service, "/what/is/this")
        ask(service, "/healthz")
        found = scrape(service)
        again = scrape(service)
    assert found.requests("help", 200) == 3
    assert found.requests("help", 304) == 1
    assert found.requests("help", 404) == 1
    assert found.requests("lists", 200) == 1
    assert found.requests("pages", 200) == 1
    assert found.requests("pages", 404) == 1
    assert found.requests("health", 200) == 1
    assert again.requests("/metrics", 200, "admin") == 1
    assert found.get("errorhelp_requests_total", listener="public", route="help", status="500") == 0


@pytest.mark.integration
def test_the_tree_and_the_process_are_measured(tmp_path: Path) -> None:
    with serving(tmp_path / "state", configured(tmp_path)) as service:
        service.first_line("published to")
        found = scrape(service)
    assert found.get("errorhelp_tree_ok") == 1
    published = found.get("errorhelp_tree_published_timestamp_seconds")
    compiled = found.get("errorhelp_snapshot_compiled_timestamp_seconds")
    assert published and compiled and published >= compiled
    assert (found.get("process_resident_memory_bytes") or 1e9) > 10_000_000
    assert found.get("errorhelp_leader") == 1


@pytest.mark.integration
def test_what_did_not_happen_yet_is_0_so_that_the_first_time_is_an_increase(tmp_path: Path) -> None:
    with serving(tmp_path / "state", configured(tmp_path)) as service:
        found = scrape(service)
    routes = {
        (labels["listener"], labels["route"])
        for name, values in found.samples
        if name == "errorhelp_requests_total" and (labels := dict(values))
    }
    assert {("public", "help"), ("public", "reports"), ("admin", "/api/v1/messages"), ("admin", "/")} < routes
    for listener, route in routes:
        assert [found.requests(route, status, listener) for status in (500, 503)] == [0, 0]
    for severity in ("info", "maintenance", "outage"):
        for state in ("active", "scheduled"):
            assert found.get("errorhelp_messages", state=state, severity=severity) == 0
    for kind in ("login_failure", "crash", "offline"):
        for name in ("", "_kept", "_unread"):
            assert found.get(f"errorhelp_reports{name}_total", kind=kind) == 0
    assert found.get("errorhelp_outbox_oldest_pending_age_seconds", target="desk") == 0
    assert found.duration_count("reports", "public") == found.duration_count("/", "admin") == 0


@pytest.mark.integration
def test_requests_are_measured_by_route(tmp_path: Path) -> None:
    with serving(tmp_path / "state", configured(tmp_path)) as service:
        ask(service, "/help/erp.json")
        ask(service, "/help/erp.json", method="POST", body=b"{}")
        # Its dot makes it go the ordinary way.
        ask(service, "/help/./erp.json")
        ask(service, "/reports/erp/getInfo", method="POST", body=b"{}")
        scrape(service)
        found = scrape(service)
    assert found.duration_count("help", "public") == 3
    assert found.duration_count("reports", "public") == 1
    assert found.duration_count("/metrics", "admin") == 1
    for listener, route in (("public", "help"), ("public", "reports"), ("admin", "/metrics")):
        seconds = found.get("errorhelp_request_duration_seconds_sum", listener=listener, route=route)
        assert 0 < (seconds or 0) < 60


@pytest.mark.integration
def test_reports_are_counted_by_kind(tmp_path: Path) -> None:
    with serving(tmp_path / "state", configured(tmp_path)) as service:
        ask(service, "/help/erp.json", method="POST", body=b"no licence")
        offline = b'{"errorhelp": "offline", "reason": "serverError", "status": 502}'
        ask(service, "/help/erp.json", method="POST", body=offline)
        for _ in range(MOST_SCRAPES):
            found = scrape(service)
            kinds = {kind: found.get("errorhelp_reports_total", kind=kind) for kind in KINDS}
            if sum(count or 0 for count in kinds.values()) == 2:
                break
            time.sleep(0.05)
    assert kinds == {"login_failure": 1, "crash": 0, "offline": 1}


def test_the_age_of_what_waits_for_a_target_is_told() -> None:
    depth = {
        "desk": Depth(pending=2, oldest_pending=NOON),
        "mail": Depth(dead=1),
        "ahead": Depth(pending=1, oldest_pending=NOON + timedelta(hours=1)),
    }
    found = of_forwarding(ForwardingCounters(), depth, NOON + timedelta(minutes=20))
    ages = {
        sample.labels["target"]: sample.value
        for family in found
        for sample in family.samples
        if sample.name == "errorhelp_outbox_oldest_pending_age_seconds"
    }
    assert ages == {"desk": 1200, "mail": 0, "ahead": 0}


@pytest.mark.integration
def test_what_waits_for_a_target_is_seen(tmp_path: Path) -> None:
    with serving(tmp_path / "state", configured(tmp_path)) as service:
        assert scrape(service).get("errorhelp_outbox_entries", target="desk", state="pending") == 0
        ask(service, "/help/erp.json", method="POST", body=b"no licence")
        for _ in range(MOST_SCRAPES):
            found = scrape(service)
            if found.get("errorhelp_notifications_total", outcome="failed"):
                break
            time.sleep(0.05)
    assert found.get("errorhelp_outbox_entries", target="desk", state="pending") == 1
    assert found.get("errorhelp_notifications_total", outcome="queued") == 1
    assert found.get("errorhelp_notifications_total", outcome="failed") == 1


@pytest.mark.integration
def test_dashboard_alerts_and_documentation_name_the_metrics_that_there_are(tmp_path: Path) -> None:
    with serving(tmp_path / "state", configured(tmp_path)) as service:
        service.first_line("published to")
        outage = ("message", "post", "--to", "erp", "--for", "1h", "--severity", "outage", "--text", "Стоим")
        assert run(service.state, *outage).returncode == 0
        found = scrape(service)
    dashboard, alerts = (DEPLOY / "grafana-dashboard.json"), (DEPLOY / "alerts.yaml")
    used = set(
        re.findall(r"\b(?:errorhelp|process)_\w+", dashboard.read_text("utf-8") + alerts.read_text("utf-8"))
    )
    assert used <= found.names
    assert "errorhelp_store_ok" in used
    of_histograms = {f"{each}_{part}" for each in found.histograms for part in ("bucket", "count", "sum")}
    documented = (found.names - of_histograms) | found.histograms
    for language in ("en", "ru"):
        text = (DOCS / language / "operating.md").read_text("utf-8")
        assert set(re.findall(r"`((?:errorhelp|process)_\w+)`", text)) == documented


def test_every_panel_asks_for_something_and_stands_beside_the_others() -> None:
    panels = json.loads((DEPLOY / "grafana-dashboard.json").read_bytes())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    cells = [
        (panel["gridPos"]["x"] + across, panel["gridPos"]["y"] + down)
        for panel in panels
        for across in range(panel["gridPos"]["w"])
        for down in range(panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells)) and max(across for across, _ in cells) < 24
    assert all(target["expr"] for panel in panels for target in panel["targets"])


def test_every_alert_says_what_it_is_about() -> None:
    (group,) = yaml.safe_load((DEPLOY / "alerts.yaml").read_text("utf-8"))["groups"]
    for rule in group["rules"]:
        assert rule["labels"]["severity"] in ("info", "warning", "critical")
        assert rule["annotations"]["summary"]


@pytest.mark.more
@pytest.mark.skipif(sys.platform != "linux", reason="promtool is tried on Linux")
def test_prometheus_takes_the_metrics_and_the_rules(tmp_path: Path) -> None:
    with serving(tmp_path / "state", configured(tmp_path)) as service:
        text = scrape_text(service)
    subprocess.run(["promtool", "check", "rules", DEPLOY / "alerts.yaml"], check=True, capture_output=True)
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
async def api(tmp_path: Path):
    async with admin_api(tmp_path) as api:
        yield api


@pytest.mark.integration
async def test_messages_are_counted_by_state_and_severity(api: AdminApi) -> None:
    await api.posted(severity="outage")
    await api.posted(severity="outage", ends_at="2026-11-21T14:00:00Z")
    await api.posted(severity="info", starts_at="2026-11-21T12:30:00Z")
    found = await scraped(api)
    assert found.get("errorhelp_messages", state="active", severity="outage") == 2
    assert found.get("errorhelp_messages", state="scheduled", severity="info") == 1
    first_end = (api.clock.now.timestamp()) + 3600
    assert found.get("errorhelp_message_ends_timestamp_seconds", severity="outage") == first_end
    assert found.get("errorhelp_next_change_timestamp_seconds") == first_end - 1800


@pytest.mark.integration
async def test_a_refused_configuration_is_seen(api: AdminApi) -> None:
    assert (await scraped(api)).get("errorhelp_configuration_ok") == 1
    api.configuration.write_text("infobases: 5", "utf-8")
    await api.post("/api/v1/reload")
    found = await scraped(api)
    assert found.get("errorhelp_configuration_ok") == 0
    assert found.get("errorhelp_configuration_waiting") == 0


@pytest.mark.integration
async def test_a_configuration_that_waits_is_seen(api: AdminApi) -> None:
    api.configuration.write_text("infobases: []", "utf-8")
    await api.post("/api/v1/reload")
    found = await scraped(api)
    assert found.get("errorhelp_configuration_ok") == 0
    assert found.get("errorhelp_configuration_waiting") == 1


@pytest.mark.integration
async def test_a_database_that_takes_nothing_is_seen_by_who_needs_no_token(tmp_path: Path) -> None:
    async with admin_api(tmp_path, admin="metrics_from: 127.0.0.1") as api:
        assert (await scraped(api, {})).get("errorhelp_store_ok") == 1
        with closing(sqlite3.connect(api.database, check_same_thread=False)) as other:
            # In a thread: the service may be in the middle of a transaction.
            await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
            body = {"targets": ["erp"], "text": "Ждите", "duration": "1h"}
            assert (await api.post("/api/v1/messages", body)).status == 503
            assert (await scraped(api, {})).get("errorhelp_store_ok") == 0


@pytest.mark.integration
@pytest.mark.parametrize(
    "settings",
    ["", "metrics_from: 10.0.0.9", "metrics_from: 127.0.0.1, trusted_proxies: 127.0.0.1"],
    ids=["nobody is named", "another is named", "a proxy asks, for whomever"],
)
async def test_nobody_else_reads_them_without_a_token(tmp_path: Path, settings: str) -> None:
    async with admin_api(tmp_path, admin=settings) as api:
        async with api.http.get(f"{api.url}/metrics") as answer:
            assert answer.status == 401
        async with api.http.get(f"{api.url}/metrics", headers=AUTHORIZED) as answer:
            assert answer.status == 200


async def test_a_held_event_loop_is_noticed() -> None:
    lag = LoopLag()
    watching = asyncio.create_task(lag.watch())
    await asyncio.sleep(0)
    threading.Event().wait(0.6)
    while lag.largest == 0:
        await asyncio.sleep(0.01)
    assert lag.largest >= 0.3
    watching.cancel()
