"""What an operator's monitoring reads of a running service; docs/en/operating.md lists it."""

import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import accumulate, product

from prometheus_client import Metric
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

from errorhelp import __version__
from errorhelp.messages.message import NOT_OVER, Severity, State, state
from errorhelp.publishing.copier import CopyStatus
from errorhelp.publishing.publisher import TreeStatus
from errorhelp.reports.report import Kind
from errorhelp.service import forwarder, report_intake
from errorhelp.service.service import Service
from errorhelp.store.forwarding_records import Depth
from errorhelp.system.answered_requests import BOUNDS, AnsweredRequests
from errorhelp.system.open_connections import OpenConnections

_Samples = Iterable[tuple[dict[str, str], float]]
Requests = Mapping[str, AnsweredRequests]
"""The requests that were answered, by route."""


def of_service(service: Service) -> Iterator[Metric]:
    """Configuration, store, snapshot and messages."""
    configuration, snapshot, now = service.configuration, service.snapshot, service.now()
    yield _gauges(
        "errorhelp_build_info",
        "The version that runs.",
        (({"version": __version__, "python": platform.python_version()}, 1),),
    )
    yield _gauge(
        "errorhelp_configuration_ok",
        "1 if the newest configuration is in force, 0 if it was refused or waits.",
        configuration.refused is None,
    )
    yield _gauge(
        "errorhelp_configuration_waiting",
        "1 if a configuration waits for a confirmation, as it loses many infobases or messages.",
        configuration.waiting is not None or service.waiting_retention is not None,
    )
    yield _gauge(
        "errorhelp_configuration_loaded_timestamp_seconds",
        "When the configuration in force was put in force.",
        configuration.loaded_at.timestamp(),
    )
    yield _gauge(
        "errorhelp_configuration_warnings",
        "How many warnings the configuration in force gave.",
        len(service.loaded.warnings),
    )
    yield _gauge("errorhelp_infobases", "How many infobases there are.", len(service.catalog.infobases))
    yield _gauge("errorhelp_store_ok", "1 if the database can be reached.", service.store_error is None)
    yield _gauge(
        "errorhelp_leader",
        "1 if this node does what one node must do; of several nodes one has 1.",
        service.leads,
    )
    yield _gauge(
        "errorhelp_snapshot_compiled_timestamp_seconds",
        "When what is shown now was compiled.",
        snapshot.compiled_at.timestamp(),
    )
    yield _gauge(
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
    all_there_are = product(NOT_OVER, Severity)
    yield _gauges(
        "errorhelp_messages",
        "How many messages are not over, windows' planned ones included, by state and severity.",
        [({"state": each, "severity": severity}, counts[each, severity]) for each, severity in all_there_are],
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
    routes = [
        ({"listener": listener, "route": route}, answered)
        for listener, requests in (("public", public), ("admin", admin))
        for route, answered in sorted(requests.items())
    ]
    yield _counters(
        "errorhelp_requests_total",
        "How many requests were answered, by listener, route and status.",
        [
            (labels | {"status": str(status)}, count)
            for labels, answered in routes
            for status, count in sorted(answered.by_status.items())
        ],
    )
    yield _durations(
        "errorhelp_request_duration_seconds",
        "How long it took to answer requests, by listener and route; to the beginning of the answer for admins.",
        routes,
    )


def of_tree(tree: TreeStatus) -> Iterator[Metric]:
    """The published tree, nothing when there is none."""
    if tree.folder is None:
        return
    yield _gauge("errorhelp_tree_ok", "1 if the published tree is as it must be.", tree.error is None)
    yield _moments(
        "errorhelp_tree_published_timestamp_seconds",
        "When the published tree was last as it must be.",
        {"": tree.published_at},
    )


def of_copies(copies: Iterable[CopyStatus]) -> Iterator[Metric]:
    """Copies of the tree elsewhere, as far as this node writes them; nothing when there are none."""
    written = [({"copy": each.id}, each) for each in copies if each.is_written_here]
    if not written:
        return
    yield _gauges(
        "errorhelp_copy_ok",
        "1 if a copy of the published tree is as it must be, by copy.",
        [(label, each.error is None) for label, each in written],
    )
    yield _gauges(
        "errorhelp_copy_copied_timestamp_seconds",
        "When a copy was last as it must be, by copy; 0 if not since the start.",
        [(label, each.copied_at.timestamp() if each.copied_at else 0) for label, each in written],
    )


def of_reports(counters: report_intake.IntakeCounters) -> Iterator[Metric]:
    """Reports of failed logins and crashes since the start."""
    for name, help, counts in (
        (
            "errorhelp_reports_total",
            "Failed logins and crashes that were counted, by kind.",
            counters.counted,
        ),
        ("errorhelp_reports_kept_total", "Those of which the details are kept.", counters.kept),
        (
            "errorhelp_reports_unread_total",
            "Those that were counted without being read, as there was no time for more.",
            counters.unread,
        ),
    ):
        yield _counters(name, help, [({"kind": kind}, counts[kind]) for kind in Kind])
    dropped = {
        "rate": counters.too_many,
        "store": counters.not_stored,
        "unreadable": counters.refused,
        "infobase": counters.unknown_infobase,
    }
    yield _counters(
        "errorhelp_reports_dropped_total",
        "Reports that were not counted: over the rates, lost with the store, unreadable, for no infobase.",
        tuple(({"reason": reason}, count) for reason, count in dropped.items()),
    )


def of_forwarding(
    counters: forwarder.ForwardingCounters, depth: Mapping[str, Depth], now: datetime
) -> Iterator[Metric]:
    """Notifications to targets since the start, and what waits for each of them; known to the node that leads."""
    outcomes = {
        "queued": counters.queued,
        "delivered": counters.delivered,
        "failed": counters.failed,
        "given_up": counters.dead,
    }
    yield _counters(
        "errorhelp_notifications_total",
        "Notifications that were put into the outbox and delivered; attempts that failed; what was given up.",
        tuple(({"outcome": outcome}, count) for outcome, count in outcomes.items()),
    )
    yield _gauges(
        "errorhelp_outbox_entries",
        "Notifications that wait for a target, or are not tried any more.",
        tuple(
            ({"target": target, "state": state}, count)
            for target, entries in depth.items()
            for state, count in (("pending", entries.pending), ("dead", entries.dead))
        ),
    )
    yield _gauges(
        "errorhelp_outbox_oldest_pending_age_seconds",
        "How long the oldest of the notifications that wait for a target waits; 0 if there is none.",
        [
            ({"target": target}, max((now - (entries.oldest_pending or now)).total_seconds(), 0.0))
            for target, entries in depth.items()
        ],
    )


def of_connections(public: OpenConnections, admin: OpenConnections) -> Iterator[Metric]:
    """The connections of both listeners."""
    yield _gauge("errorhelp_public_connections", "How many public connections are open.", len(public))
    both = [({"listener": each.listener}, each) for each in (public, admin)]
    yield _gauges(
        "errorhelp_connections",
        "How many connections are open, by listener.",
        [(label, len(each)) for label, each in both],
    )
    yield _gauges(
        "errorhelp_connections_most",
        "How many connections there may be, by listener.",
        [(label, each.caps.most) for label, each in both],
    )
    yield _counters(
        "errorhelp_connections_gave_way_total",
        "Connections that were closed as there were too many, by listener and reason.",
        [(label | {"reason": why}, count) for label, each in both for why, count in each.gave_way.items()],
    )


def of_loop(loop_lag: float) -> Iterator[Metric]:
    """The event loop."""
    yield _gauge(
        "errorhelp_event_loop_lag_seconds",
        "The longest that the event loop was held in the last minute.",
        round(loop_lag, 6),
    )


def _gauge(name: str, help: str, value: float) -> Metric:
    return GaugeMetricFamily(name, help, value=value)


def _gauges(name: str, help: str, samples: _Samples) -> Metric:
    return _with_samples(GaugeMetricFamily(name, help), name, samples)


def _counters(name: str, help: str, samples: _Samples) -> Metric:
    return _with_samples(CounterMetricFamily(name, help), name, samples)


def _with_samples(family: Metric, name: str, samples: _Samples) -> Metric:
    for labels, value in samples:
        family.add_sample(name, labels, value)
    return family


def _durations(name: str, help: str, samples: Iterable[tuple[dict[str, str], AnsweredRequests]]) -> Metric:
    family = HistogramMetricFamily(name, help)
    for labels, answered in samples:
        up_to = [*accumulate(answered.by_duration)]
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), up_to, strict=True):
            family.add_sample(f"{name}_bucket", labels | {"le": bound}, count)
        family.add_sample(f"{name}_count", labels, up_to[-1])
        family.add_sample(f"{name}_sum", labels, round(answered.seconds, 6))
    return family


def _moments(name: str, help: str, moments: Mapping[str, datetime | None], *, label: str = "") -> Metric:
    """Instants in Unix seconds; one that there is not has no sample."""
    samples = (({label: value} if label else {}, at.timestamp()) for value, at in moments.items() if at)
    return _gauges(name, help, samples)
