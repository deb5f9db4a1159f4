"""What an operator's monitoring reads of a running service; docs/en/operating.md lists it."""

import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from errorhelp import __version__
from errorhelp.formats.prometheus import NO_LABELS, Metric, counter, gauge
from errorhelp.messages.message import State, state
from errorhelp.publishing.publisher import TreeStatus
from errorhelp.service import forwarder, report_intake
from errorhelp.service.service import Service
from errorhelp.store.forwarding_store import Depth
from errorhelp.system.process import Process

Requests = Mapping[str, Mapping[int, int]]
"""How many requests were answered, by route and status."""


def of_service(service: Service) -> Iterator[Metric]:
    """Configuration, store, snapshot and messages."""
    configuration, snapshot, now = service.configuration, service.snapshot, service.now()
    yield Metric(
        "errorhelp_build_info",
        "gauge",
        "The version that runs.",
        (({"version": __version__, "python": platform.python_version()}, 1),),
    )
    yield gauge(
        "errorhelp_configuration_ok",
        "1 if the newest configuration is in force, 0 if it was refused or waits.",
        configuration.refused is None,
    )
    yield gauge(
        "errorhelp_configuration_waiting",
        "1 if a configuration waits for a confirmation, as it loses many infobases.",
        configuration.waiting is not None,
    )
    yield gauge(
        "errorhelp_configuration_loaded_timestamp_seconds",
        "When the configuration in force was put in force.",
        configuration.loaded_at.timestamp(),
    )
    yield gauge(
        "errorhelp_configuration_warnings",
        "How many warnings the configuration in force gave.",
        len(service.loaded.warnings),
    )
    yield gauge("errorhelp_infobases", "How many infobases there are.", len(service.catalog.infobases))
    yield gauge("errorhelp_store_ok", "1 if the database can be reached.", service.store_error is None)
    yield gauge(
        "errorhelp_leader",
        "1 if this node does what one node must do; of several nodes one has 1.",
        service.leads,
    )
    yield gauge(
        "errorhelp_snapshot_compiled_timestamp_seconds",
        "When what is shown now was compiled.",
        snapshot.compiled_at.timestamp(),
    )
    yield gauge(
        "errorhelp_snapshot_compile_seconds", "How long that took.", round(service.compile_seconds, 6)
    )
    yield _moments(
        "errorhelp_next_change_timestamp_seconds",
        "When a message starts or ends next.",
        {"": snapshot.valid_until},
    )
    yield from _of_messages(service, now)


def _of_messages(service: Service, now: datetime) -> Iterator[Metric]:
    live = service.snapshot.live
    counts = Counter((state(each, now), each.severity) for each in live)
    yield Metric(
        "errorhelp_messages",
        "gauge",
        "How many messages are not over, windows' planned ones included, by state and severity.",
        tuple(({"state": state, "severity": severity}, count) for (state, severity), count in counts.items()),
    )
    ends: dict[str, datetime] = {}
    for each in live:
        if state(each, now) is State.ACTIVE:
            ends[each.severity] = min(each.shown_until, ends.get(each.severity, each.shown_until))
    yield _moments(
        "errorhelp_message_ends_timestamp_seconds",
        "When the first of the messages shown now ends, by severity.",
        ends,
        label="severity",
    )


def of_requests(public: Requests, admin: Requests) -> Iterator[Metric]:
    """Requests of both listeners."""
    samples = [
        ({"listener": listener, "route": route, "status": str(status)}, count)
        for listener, requests in (("public", public), ("admin", admin))
        for route, statuses in sorted(requests.items())
        for status, count in sorted(statuses.items())
    ]
    yield Metric(
        "errorhelp_requests_total",
        "counter",
        "How many requests were answered, by listener, route and status.",
        tuple(samples),
    )


def of_tree(tree: TreeStatus) -> Iterator[Metric]:
    """The published tree, nothing when there is none."""
    if tree.folder is None:
        return
    yield gauge("errorhelp_tree_ok", "1 if the published tree is as it must be.", tree.error is None)
    yield _moments(
        "errorhelp_tree_published_timestamp_seconds",
        "When the published tree was last as it must be.",
        {"": tree.published_at},
    )


def of_reports(counters: report_intake.Counters) -> Iterator[Metric]:
    """Reports of failed logins and crashes since the start."""
    yield counter("errorhelp_reports_total", "Failed logins and crashes that were counted.", counters.taken)
    yield counter("errorhelp_reports_kept_total", "Those of which the details are kept.", counters.kept)
    dropped = {
        "rate": counters.too_many,
        "store": counters.not_stored,
        "unreadable": counters.refused,
        "infobase": counters.unknown_infobase,
    }
    yield Metric(
        "errorhelp_reports_dropped_total",
        "counter",
        "Reports that were not counted: over the rates, lost with the store, unreadable, for no infobase.",
        tuple(({"reason": reason}, count) for reason, count in dropped.items()),
    )


def of_forwarding(counters: forwarder.Counters, depth: Mapping[str, Depth]) -> Iterator[Metric]:
    """Notifications to targets since the start, and what waits for each of them; known to the node that leads."""
    outcomes = {
        "queued": counters.queued,
        "delivered": counters.delivered,
        "failed": counters.failed,
        "given_up": counters.dead,
    }
    yield Metric(
        "errorhelp_notifications_total",
        "counter",
        "Notifications that were put into the outbox and delivered; attempts that failed; what was given up.",
        tuple(({"outcome": outcome}, count) for outcome, count in outcomes.items()),
    )
    yield Metric(
        "errorhelp_outbox_entries",
        "gauge",
        "Notifications that wait for a target, or are not tried any more.",
        tuple(
            ({"target": target, "state": state}, count)
            for target, entries in depth.items()
            for state, count in (("pending", entries.pending), ("dead", entries.dead))
        ),
    )


def of_process(process: Process, started_at: float, loop_lag: float, connections: int) -> Iterator[Metric]:
    """The process, its event loop and its public connections."""
    yield gauge("errorhelp_public_connections", "How many public connections are open.", connections)
    yield gauge(
        "errorhelp_event_loop_lag_seconds",
        "The longest that the event loop was held in the last minute.",
        round(loop_lag, 6),
    )
    yield counter("process_cpu_seconds_total", "Processor time.", process.cpu_seconds)
    yield gauge("process_start_time_seconds", "When the process started.", started_at)
    if process.resident_bytes is not None:
        yield gauge("process_resident_memory_bytes", "Memory.", process.resident_bytes)
    if process.open_files is not None:
        yield gauge("process_open_fds", "Open files and sockets.", process.open_files)


def _moments(name: str, help: str, moments: Mapping[str, datetime | None], *, label: str = "") -> Metric:
    """Instants in Unix seconds; one that there is not has no sample."""
    samples: Iterable[tuple[Mapping[str, str], float]] = (
        ({label: value} if label else NO_LABELS, at.timestamp()) for value, at in moments.items() if at
    )
    return Metric(name, "gauge", help, tuple(samples))
