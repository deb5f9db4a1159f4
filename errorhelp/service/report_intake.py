"""The intake of reports: counted at once in memory, written in batches, and never waited for by help."""

import asyncio
import logging
import secrets
import time
from collections import OrderedDict, deque
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from errorhelp.config.settings.report_settings import ReportSettings
from errorhelp.reports.grouping import stack_hash_of
from errorhelp.reports.known_problems import KnownProblems
from errorhelp.reports.pseudonyms import masked
from errorhelp.reports.report import Kind, Report
from errorhelp.reports.report_batch import ReportBatch
from errorhelp.reports.report_rates import Rates
from errorhelp.reports.report_reading import ReadReport, read_body
from errorhelp.reports.report_sampling import Sampling
from errorhelp.reports.report_zips import read_zip
from errorhelp.service.service import Service
from errorhelp.store import Store, StoreUnavailable
from errorhelp.text.texts import one_line

log = logging.getLogger(__name__)

_WRITE_EVERY = 1.0
_READ_EVERY = 0.1
# Public reads wait no longer than that.
_READ_AT_ONCE = 0.01
# From so many bytes on a body takes longer to read by itself.
_LARGE_BODY = 4096
_MOST_WAITING_BYTES = 16 * 1024 * 1024
_LOOK_EVERY = timedelta(minutes=1)
_COLLECT_EVERY = timedelta(hours=1)
_MOST_ANNOUNCED = 10_000
_LONGEST_TITLE = 200
_MIB = 1024 * 1024
# Of what may be kept, so much may come in an hour.
_SHARE_OF_AN_HOUR = 10


class TooManyReports(Exception):
    """More than the configured rates allow."""


class ReportsOff(Exception):
    """Reports are switched off."""


@dataclass(slots=True)
class IntakeCounters:
    """How many reports since the start were taken in and, of those, kept whole; and why others were not.

    `too_many` were over the rates, `not_stored` were lost with the store, `refused` could not be read,
    `unknown_infobase` came for none. `asked` counts `getInfo`.
    """

    taken: int = 0
    kept: int = 0
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


class Intake:
    """Takes reports in for a service and writes them to its store, from `start` until `stop`."""

    def __init__(self, service: Service, store: Store) -> None:
        self._service = service
        self._store = store
        self._rates = Rates()
        self._sampling = Sampling()
        self._known = KnownProblems()
        # The stack hashes that `getInfo` announced, by the id of the report that may follow.
        self._announced: OrderedDict[str, str] = OrderedDict()
        # Read together: one by one, between other requests, each takes several times as long.
        self._waiting: deque[_Waiting] = deque()
        self._waiting_bytes = 0
        self._reading = asyncio.Lock()
        self._reader: asyncio.Task[None] | None = None
        self._batch = ReportBatch()
        self._written: asyncio.Future[None] | None = None
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._next_look = self._next_collection = service.now()
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
        if not self.settings.enabled:
            return
        infobase = self._service.catalog.infobase(infobase_id)
        if infobase is None:
            self.counters.unknown_infobase += 1
        elif self._is_within_rates(address):
            body = body or b""
            if self._waiting_bytes + len(body) > _MOST_WAITING_BYTES:
                self.counters.too_many += 1
                return
            now = self._service.now()
            self._waiting.append(_Waiting(now, infobase.id, body, content_type, address))
            self._waiting_bytes += len(body)
            self.counters.taken += 1
            if self._reader is None or self._reader.done():
                self._reader = asyncio.create_task(self._read_soon())

    def get_info(self, infobase_id: str, told: ReadReport, address: str) -> bool:
        """Whether the platform is to send a report of the crash, of which it tells this much.

        It is not when the problem is known already: then the crash is counted here.
        """
        self.counters.asked += 1
        if not self.settings.enabled or not self._is_within_rates(address):
            return False
        if told.stack_hash and self._known.is_stored(infobase_id, Kind.CRASH, told.stack_hash):
            self.counters.taken += 1
            self._add(self._service.now(), infobase_id, told, address, 0, may_be_kept=False)
            return False
        if told.report_id and told.stack_hash:
            self._announced[told.report_id] = told.stack_hash
            if len(self._announced) > _MOST_ANNOUNCED:
                self._announced.popitem(last=False)
        return True

    def check_push(self, address: str) -> None:
        """Whether a crash report may come from that address now: else ReportsOff or TooManyReports."""
        if not self.settings.enabled:
            raise ReportsOff
        if not self._is_within_rates(address):
            raise TooManyReports("more come than the settings allow")

    async def push(self, infobase_id: str, zipped: bytes, address: str) -> None:
        """Take in a crash report; it is counted and grouped, durably, when this returns.

        Unreadable if the zip is none that may be read, StoreUnavailable if it cannot be written now.
        """
        # Unpacking may take longer than public reads should wait.
        pushed = await asyncio.to_thread(read_zip, zipped)
        told = pushed.told
        if announced := self._announced.pop(told.report_id, ""):
            told = replace(told, stack_hash=announced)
        if self._written is None:
            self._written = asyncio.get_running_loop().create_future()
        written = self._written
        self.counters.taken += 1
        self._add(self._service.now(), infobase_id, told, address, len(zipped), screenshot=pushed.screenshot)
        self._wanted.set()
        await asyncio.shield(written)

    async def _read_soon(self) -> None:
        await asyncio.sleep(_READ_EVERY)
        await self._read_waiting()

    async def _read_waiting(self) -> None:
        """Read what waits, a few milliseconds at a time."""
        async with self._reading:
            while self._waiting:
                until = time.perf_counter() + _READ_AT_ONCE
                while self._waiting and time.perf_counter() < until:
                    each = self._waiting.popleft()
                    self._waiting_bytes -= len(each.body)
                    if len(each.body) > _LARGE_BODY:
                        told = await asyncio.to_thread(read_body, each.body, each.content_type)
                    else:
                        told = read_body(each.body, each.content_type)
                    self._add(each.at, each.infobase, told, each.address, len(each.body))
                await asyncio.sleep(0)

    def _is_within_rates(self, address: str) -> bool:
        settings = self.settings
        is_within = self._rates.take(
            address,
            self._service.now().timestamp(),
            per_address=settings.rate_per_address,
            overall=settings.rate,
        )
        self.counters.too_many += not is_within
        return is_within

    def _add(
        self,
        at: datetime,
        infobase_id: str,
        told: ReadReport,
        address: str,
        size: int,
        *,
        screenshot: bytes | None = None,
        may_be_kept: bool = True,
    ) -> None:
        settings = self.settings
        report = Report(
            id="",
            at=at,
            infobase=infobase_id,
            kind=told.kind,
            text=told.text,
            stack=told.stack,
            stack_hash=told.stack_hash,
            user=told.user,
            address=address,
            app=told.app,
            version=told.version,
            details=told.details,
            screenshot=screenshot,
        )

        def kept() -> Report:
            return masked(report, user_names=settings.user_names, addresses=settings.addresses)

        stack_hash = self._known.place(infobase_id, told.kind, stack_hash_of(report))
        problem = self._batch.add(report, stack_hash, lambda: one_line(kept().text)[:_LONGEST_TITLE])
        most_bytes = settings.largest_store * _MIB // _SHARE_OF_AN_HOUR
        if may_be_kept and self._sampling.keeps(
            problem, report.at, size, per_problem=settings.samples, most_bytes=most_bytes
        ):
            self._batch.kept.append(replace(kept(), id=secrets.token_hex(8), problem=problem))
            self.counters.kept += 1

    # Writing

    async def write(self) -> None:
        """Write what came since the last time; what cannot be written is dropped and counted."""
        await self._read_waiting()
        batch, self._batch = self._batch, ReportBatch()
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
                log.exception("%d reports could not be written", batch.count)
            return
        self._known.add_stored(batch.tallies)
        if written is not None:
            written.set_result(None)

    async def look_after_store(self) -> None:
        """Learn of the problems that other nodes found, and delete what is past its time."""
        now, settings = self._service.now(), self.settings
        if not settings.enabled:
            return
        if now >= self._next_look:
            self._known.use(await self._store.reports.problem_keys())
            self._next_look = now + _LOOK_EVERY
        if now >= self._next_collection and await self._store.leads():
            await self._store.reports.collect(
                reports_before=now - settings.keep,
                problems_before=now - settings.keep_problems,
                largest=settings.largest_store * _MIB,
            )
            self._next_collection = now + _COLLECT_EVERY

    async def _run(self) -> None:
        while self._task is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(_WRITE_EVERY):
                    await self._wanted.wait()
            self._wanted.clear()
            await self.write()
            try:
                await self.look_after_store()
            except StoreUnavailable:
                pass  # The service tells of it.
            except Exception:
                log.exception("reports could not be looked after; trying again")
