"""The intake of reports: counted at once in memory, written in batches, and never waited for by help.

Reading, grouping and masking take turns, with rests in between, and what one report may cost is bounded by its
bytes and values. What there is no time for is counted without being read.
"""

import asyncio
import logging
import secrets
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from errorhelp.config.settings.report_settings import ReportSettings
from errorhelp.people.proxies import network_of
from errorhelp.reports.grouping import problem_id, stack_hash_of
from errorhelp.reports.known_problems import MOST_NEW, KnownProblems
from errorhelp.reports.pseudonyms import masked, title_of
from errorhelp.reports.report import OTHER, Kind, Report
from errorhelp.reports.report_batch import ReportBatch
from errorhelp.reports.report_rates import HourlyLimit, Rates
from errorhelp.reports.report_reading import ReadReport, read_body, read_get_info
from errorhelp.reports.report_sampling import Sampling
from errorhelp.reports.report_upload import zip_in
from errorhelp.reports.report_zips import Pushed, read_zip
from errorhelp.reports.spikes import hour_of, is_spike
from errorhelp.service.service import Service
from errorhelp.service.turns import Turns
from errorhelp.store import StoreUnavailable
from errorhelp.store.sql import Store
from errorhelp.system.trouble import Trouble

log = logging.getLogger(__name__)

_WRITE_EVERY = 1.0
_READ_EVERY = 0.1
# Small bodies are read together for so many seconds.
_READ_AT_ONCE = 0.005
# From so many bytes on a body is read by itself, and in a thread.
_LARGE_BODY = 4096
_MOST_WAITING_BYTES = 16 * 1024 * 1024
# What a report takes in memory while it waits, besides its body.
_OF_EACH = 512
_MOST_ASKING = 200
# A report may be so large for each that the rates allow, and one of the largest must fit in.
_KIB = 1024
_LEAST_BYTES_PER_SECOND = 16 * _KIB
# The store makes JSON of so much at once, on the event loop; a screenshot is not part of it.
_MOST_KEPT_AT_ONCE = 1024 * _KIB
_LOOK_EVERY = timedelta(minutes=1)
_CALM_SECONDS = 60.0
_HOUR = timedelta(hours=1)
_COLLECT_EVERY = _HOUR
_MOST_ANNOUNCED = 10_000
_MIB = 1024 * _KIB
# Of what may be kept, so much may come in an hour.
_SHARE_OF_AN_HOUR = 10
# Of the largest store, so much may come until it is looked at whether that is too much.
_SHARE_OF_A_COLLECTION = 50


Take = Callable[[bytes | None, str, float], None]
"""Takes in a body, None for one that did not come whole, from an address at a time in Unix seconds. Never fails."""


class TooManyReports(Exception):
    """More than the configured rates allow."""


class ReportsOff(Exception):
    """Reports are switched off."""


@dataclass(slots=True)
class IntakeCounters:
    """How many reports since the start were taken in and, of those, kept whole; and why others were not.

    `counted` are those taken, once it is known of what kind they are; `unread` of them were counted without being
    read. `too_many` were over the rates, `not_stored` were lost with the store, `refused` could not be read,
    `unknown_infobase` came for none. `asked` counts `getInfo`.
    """

    taken: int = 0
    counted: Counter[Kind] = field(default_factory=Counter)
    kept: Counter[Kind] = field(default_factory=Counter)
    unread: Counter[Kind] = field(default_factory=Counter)
    asked: int = 0
    too_many: int = 0
    not_stored: int = 0
    refused: int = 0
    unknown_infobase: int = 0


class _Waiting(NamedTuple):
    """A report as it came, which is yet to be read."""

    at: datetime
    infobase: str
    body: bytes
    content_type: str
    address: str

    @property
    def size(self) -> int:
        """How many bytes it takes."""
        return len(self.body) + _OF_EACH


class Intake:
    """Takes reports in for a service and writes them to its store, from `start` until `stop`."""

    def __init__(self, service: Service, store: Store) -> None:
        self._service = service
        self._store = store
        self._rates, self._byte_rates = Rates(), Rates()
        self._turns = Turns()
        self._asking = 0
        self._sampling = Sampling()
        self._known = KnownProblems()
        self._beginning = HourlyLimit()
        self._others: Counter[tuple[str, Kind]] = Counter()
        self._others_before: Counter[tuple[str, Kind]] = Counter()
        self._others_logged: set[tuple[str, Kind]] = set()
        self._others_hour = hour_of(service.now())
        # The stack hashes that `getInfo` announced, by the id of the report that may follow.
        self._announced: OrderedDict[str, str] = OrderedDict()
        # Read together: one by one, between other requests, each takes several times as long.
        self._waiting: deque[_Waiting] = deque()
        self._waiting_bytes = 0
        self._reading = asyncio.Lock()
        self._reader: asyncio.Task[None] | None = None
        self._batch, self._batch_bytes = ReportBatch(), 0
        self._written: asyncio.Future[None] | None = None
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._next_look = self._next_collection = service.now()
        self._kept_since_collection = 0
        self._trouble = Trouble(log)
        # One of many is bad now and then.
        self._reading_trouble = Trouble(log, calm=_CALM_SECONDS)
        # When they were read last.
        self._known_writes: int | None = None
        self.counters = IntakeCounters()

    @property
    def settings(self) -> ReportSettings:
        """The settings in force."""
        return self._service.loaded.settings.reports

    def start(self) -> None:
        """Write batches from now on."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Write what is left."""
        task, self._task = self._task, None
        self._wanted.set()
        if task is not None:
            await task
        await self.write()

    # Taking in

    def take(self, infobase_id: str, body: bytes | None, content_type: str, address: str) -> None:
        """Take in what was posted to a help address; None for a body that did not come whole. Never fails."""
        self.taker(infobase_id, content_type)(body, address, self.now())

    def now(self) -> float:
        """The time by the service's clock, in Unix seconds."""
        return self._service.now().timestamp()

    def taker(self, infobase_id: str, content_type: str) -> Take:
        """What takes in what is posted for an infobase, as long as catalog and settings stay the same."""
        settings, counters = self.settings, self.counters
        infobase = self._service.catalog.infobase(infobase_id)
        own_id = "" if infobase is None else infobase.id
        take_rate, per_address, overall = self._rates.take, settings.rate_per_address, settings.rate

        def drop(body: bytes | None, address: str, now: float) -> None:
            counters.unknown_infobase += settings.enabled

        def take(body: bytes | None, address: str, now: float) -> None:
            if take_rate(network_of(address), now, per_address=per_address, overall=overall):
                self._take(own_id, body or b"", content_type, address)
            else:
                counters.too_many += 1

        return take if own_id and settings.enabled else drop

    def _take(self, infobase_id: str, body: bytes, content_type: str, address: str) -> None:
        self.counters.taken += 1
        came = _Waiting(self._service.now(), infobase_id, body, content_type, address)
        is_room = self._waiting_bytes + came.size <= _MOST_WAITING_BYTES
        if not is_room or not self._is_within_byte_rates(address, len(body)):
            self._add_unread(infobase_id, Kind.LOGIN_FAILURE, address)
            return
        self._waiting.append(came)
        self._waiting_bytes += came.size
        if self._reader is None or self._reader.done():
            self._reader = asyncio.create_task(self._read_soon())

    async def get_info(self, infobase_id: str, body: bytes, address: str) -> bool:
        """Whether the platform is to send a report of the crash, of which the body of `getInfo` says this much.

        It is not when the problem is known already: then the crash is counted here. Unreadable if the body
        cannot be read.
        """
        self.counters.asked += 1
        if not self.settings.enabled or not self._is_within_rates(address):
            return False
        if self._asking >= _MOST_ASKING or not self._is_within_byte_rates(address, len(body)):
            self.counters.taken += 1
            self._add_unread(infobase_id, Kind.CRASH, address)
            return False
        do = self._turns.aside if len(body) > _LARGE_BODY else self._turns.here
        self._asking += 1
        try:
            read = await do(read_get_info, body)
        finally:
            self._asking -= 1
        if read.stack_hash and self._known.is_stored(infobase_id, Kind.CRASH, read.stack_hash):
            self.counters.taken += 1
            report = _report(read, self._service.now(), infobase_id, address)
            self._add(report, read.stack_hash)
            return False
        if read.report_id and read.stack_hash:
            self._announced[read.report_id] = read.stack_hash
            if len(self._announced) > _MOST_ANNOUNCED:
                self._announced.popitem(last=False)
        return True

    def check_push(self, address: str) -> None:
        """Whether a crash report may come from that address now: else ReportsOff or TooManyReports."""
        if not self.settings.enabled:
            raise ReportsOff
        if not self._is_within_rates(address):
            raise TooManyReports("more come than the settings allow")

    async def push(self, infobase_id: str, body: bytes, content_type: str, address: str) -> None:
        """Take in a crash report as it was posted; it is counted and grouped, durably, when this returns.

        Unreadable if there is no zip in it that may be read, StoreUnavailable if it cannot be written now.
        """
        pushed = await self._turns.aside(_unpacked, body, content_type)
        read = pushed.read
        if announced := self._announced.pop(read.report_id, ""):
            read = replace(read, stack_hash=announced)
        report = _report(read, self._service.now(), infobase_id, address, pushed.screenshot)
        stack_hash = stack_hash_of(report)
        kept = await self._turns.aside(self._masked, report) if self._may_keep(report, stack_hash) else None
        if self._written is None:
            self._written = asyncio.get_running_loop().create_future()
        written = self._written
        self.counters.taken += 1
        self._add(report, stack_hash, kept)
        self._wanted.set()
        await asyncio.shield(written)

    async def _read_soon(self) -> None:
        await asyncio.sleep(_READ_EVERY)
        await self._read_waiting()

    async def _read_waiting(self) -> None:
        """Read what waits, when it is its turn."""
        async with self._reading:
            while self._waiting:
                if len(self._waiting[0].body) <= _LARGE_BODY:
                    await self._turns.here(self._read_small)
                    continue
                came = self._next()
                with self._logged_errors(came):
                    report, stack_hash = await self._turns.aside(_read, came)
                    is_wanted = self._may_keep(report, stack_hash)
                    kept = await self._turns.aside(self._masked, report) if is_wanted else None
                    self._add(report, stack_hash, kept)

    def _read_small(self) -> None:
        until = time.perf_counter() + _READ_AT_ONCE
        while self._waiting and len(self._waiting[0].body) <= _LARGE_BODY and time.perf_counter() < until:
            came = self._next()
            with self._logged_errors(came):
                report, stack_hash = _read(came)
                is_wanted = self._may_keep(report, stack_hash)
                self._add(report, stack_hash, self._masked(report) if is_wanted else None)

    @contextmanager
    def _logged_errors(self, came: _Waiting) -> Iterator[None]:
        """A report that brings an error of ours to light is counted, and those behind it are read all the same."""
        try:
            yield
            self._reading_trouble.over()
        except Exception as error:
            self._reading_trouble.note(error, "reports cannot be read, the first of %s", came.infobase)
            self._add_unread(came.infobase, Kind.LOGIN_FAILURE, came.address)

    def _next(self) -> _Waiting:
        came = self._waiting.popleft()
        self._waiting_bytes -= came.size
        return came

    def _is_within_rates(self, address: str) -> bool:
        settings = self.settings
        is_within = self._rates.take(
            network_of(address),
            self._service.now().timestamp(),
            per_address=settings.rate_per_address,
            overall=settings.rate,
        )
        self.counters.too_many += not is_within
        return is_within

    def _is_within_byte_rates(self, address: str, size: int) -> bool:
        settings = self.settings
        return self._byte_rates.take(
            network_of(address),
            self._service.now().timestamp(),
            per_address=max(settings.rate_per_address * _KIB, _LEAST_BYTES_PER_SECOND),
            overall=max(settings.rate * _KIB, _LEAST_BYTES_PER_SECOND),
            amount=size,
        )

    def _masked(self, report: Report) -> Report:
        settings = self.settings
        return masked(report, user_names=settings.user_names, addresses=settings.addresses)

    def _may_keep(self, report: Report, stack_hash: str) -> bool:
        """Whether it is worth masking it."""
        return self._sampling.may_keep(
            problem_id(report.infobase, report.kind, stack_hash),
            network_of(report.address),
            report.at,
            per_problem=self.settings.samples,
            most_bytes=self._most_bytes,
        )

    @property
    def _most_bytes(self) -> int:
        """How many bytes of reports may be kept in an hour."""
        return self.settings.largest_store * _MIB // _SHARE_OF_AN_HOUR

    def _add(self, report: Report, stack_hash: str, kept: Report | None = None) -> None:
        """Count a report with its problem; `kept` is the same as it may be kept."""
        self.counters.counted[report.kind] += 1
        settings = self.settings

        def title() -> str:
            return title_of(report, user_names=settings.user_names, addresses=settings.addresses)

        def may_begin() -> bool:
            return self._beginning.take(network_of(report.address), report.at, MOST_NEW)

        placed = self._known.place(report.infobase, report.kind, stack_hash, may_begin)
        if placed.gives_way:
            self._batch.give_way(placed.gives_way)
        own_title = (lambda: "") if placed.stack_hash == OTHER else title
        problem = self._batch.add(report, placed.stack_hash, own_title)
        if kept is None:
            return
        size = kept.size
        of_text = size - len(kept.screenshot or b"")
        if self._batch_bytes + of_text > _MOST_KEPT_AT_ONCE:
            return
        if self._sampling.keeps(
            problem,
            network_of(report.address),
            report.at,
            size,
            per_problem=settings.samples,
            most_bytes=self._most_bytes,
        ):
            self._batch.kept.append(replace(kept, id=secrets.token_hex(8), problem=problem))
            self._batch_bytes += of_text
            self._kept_since_collection += size
            self.counters.kept[report.kind] += 1

    def _add_unread(self, infobase_id: str, kind: Kind, address: str) -> None:
        """Count a report that there is no time to read."""
        self.counters.counted[kind] += 1
        self.counters.unread[kind] += 1
        report = Report(id="", at=self._service.now(), infobase=infobase_id, kind=kind, address=address)
        self._batch.add(report, OTHER, lambda: "")

    # Writing

    async def write(self) -> None:
        """Read and write what came since the last time; what cannot be written is dropped and counted."""
        with self._turns.hurried():
            await self._read_waiting()
        await self._write()

    async def _write(self) -> None:
        batch, self._batch, self._batch_bytes = self._batch, ReportBatch(), 0
        written, self._written = self._written, None
        if not batch.tallies:
            return
        try:
            await self._store.reports.add(batch)
        except Exception as error:
            self.counters.not_stored += batch.count
            if written is not None:
                written.set_exception(error)
                # Nobody may be waiting any more.
                written.exception()
            if not isinstance(error, StoreUnavailable):
                self._trouble.note(
                    error, "reports cannot be written; %d are lost, and more may be", batch.count
                )
            return
        self._trouble.over()
        self._known.add_stored(batch.tallies)
        self._log_others(batch)
        if written is not None:
            written.set_result(None)

    def _log_others(self, batch: ReportBatch) -> None:
        """Warn, once an hour, where much more is counted with `OTHER` than in the hour before."""
        hour = hour_of(self._service.now())
        if hour != self._others_hour:
            before, self._others = self._others, Counter()
            is_next = self._others_hour == hour - _HOUR
            self._others_before = before if is_next else Counter()
            self._others_hour = hour
            self._others_logged.clear()
        for tally in batch.tallies.values():
            if tally.stack_hash != OTHER:
                continue
            key = tally.infobase, tally.kind
            self._others[key] += tally.count
            count, before_that = self._others[key], self._others_before[key]
            if key not in self._others_logged and is_spike(count, before_that):
                self._others_logged.add(key)
                log.warning(
                    "%d reports (%s) of %s are counted together as 'other' in this hour, %d in the one before: "
                    "too many problems, or too many new ones from an address; dismiss what is made up",
                    count,
                    tally.kind.value,
                    tally.infobase,
                    before_that,
                )

    async def look_after_store(self) -> None:
        """Learn of the problems that other nodes found, and delete what is past its time."""
        now, settings = self._service.now(), self.settings
        if not settings.enabled:
            return
        if now >= self._next_look:
            writes = self._store.report_writes
            if writes is None or writes != self._known_writes:
                self._known.use(await self._store.reports.known_problems())
                self._known_writes = writes
            self._next_look = now + _LOOK_EVERY
        is_full = self._kept_since_collection > settings.largest_store * _MIB // _SHARE_OF_A_COLLECTION
        if is_full or (now >= self._next_collection and self._store.leads):
            self._kept_since_collection = 0
            await self._store.reports.collect(
                reports_before=now - settings.keep,
                problems_before=now - settings.keep_problems,
                largest=settings.largest_store * _MIB,
            )
            self._next_collection = now + _COLLECT_EVERY

    async def _run(self) -> None:
        tidying_trouble = Trouble(log)
        while self._task is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_WRITE_EVERY):
                    await self._wanted.wait()
            self._wanted.clear()
            # All of it, unless a storm goes on.
            await self._turns.here(self._read_small)
            await self._write()
            try:
                await self.look_after_store()
                tidying_trouble.over()
            except StoreUnavailable:
                pass  # It is logged already, by the reachability of the store.
            except Exception as error:
                tidying_trouble.note(error, "unexpected error while old reports were removed; trying again")


def _read(came: _Waiting) -> tuple[Report, str]:
    """The report that a body makes, and its stack hash."""
    report = _report(read_body(came.body, came.content_type), came.at, came.infobase, came.address)
    return report, stack_hash_of(report)


def _unpacked(body: bytes, content_type: str) -> Pushed:
    return read_zip(zip_in(body, content_type))


def _report(
    read: ReadReport, at: datetime, infobase_id: str, address: str, screenshot: bytes | None = None
) -> Report:
    return Report(
        id="",
        at=at,
        infobase=infobase_id,
        kind=read.kind,
        text=read.text,
        stack=read.stack,
        stack_hash=read.stack_hash,
        user=read.user,
        address=address,
        app=read.app,
        version=read.version,
        details=read.details,
        screenshot=screenshot,
    )
