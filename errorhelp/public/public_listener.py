"""The public listener: a look-up in the live snapshot and one write for almost every request."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import cast
from uuid import uuid4

import aiohttp
from aiohttp import HttpVersion11, hdrs, web
from aiohttp.http_exceptions import LineTooLong
from multidict import MultiMapping

from errorhelp.answers.answer import Answer
from errorhelp.answers.snapshot import Snapshot
from errorhelp.formats import problem_detail
from errorhelp.people.proxies import TrustedProxies
from errorhelp.public import error_answers, shortcut
from errorhelp.public.accept_header import wants_page
from errorhelp.public.answer_routes import Routes, address, is_help_address
from errorhelp.public.caching import Wire, unless_known
from errorhelp.public.client_connection import LONGEST_ADDRESS, Connection, ConnectionLimits
from errorhelp.public.error_reports import ErrorReports
from errorhelp.public.launchers import Launchers
from errorhelp.public.list_making import ListMaking
from errorhelp.public.page_making import PageMaking
from errorhelp.public.queued_connections import close_and_take_queued
from errorhelp.public.ready_answers import ReadyAnswer, ReadyAnswers, ReadyReceipt
from errorhelp.public.remembered_heads import Head, RememberedHeads
from errorhelp.public.request_bodies import (
    LARGEST_CALL,
    CountingObserver,
    HelpRequest,
    Observer,
    has_faulty_framing,
    read_body,
)
from errorhelp.public.response import CompiledResponse
from errorhelp.system.answered_requests import AnsweredRequests, Count
from errorhelp.system.open_connections import ConnectionCaps, OpenConnections, public_caps
from errorhelp.system.trouble import Trouble
from errorhelp.text.accepted_languages import accepted_languages

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Connect = Callable[[web.Server], Connection]

log = logging.getLogger("errorhelp.public")

_READ = (hdrs.METH_GET, hdrs.METH_HEAD)
# What is answered below it is help: enough to know a compiled answer by.
_HELP = "/help/"
# By the first characters of an address: what it is, for the counts of requests.
_ROUTES = {
    _HELP: "help",
    "/lists": "lists",
    "/offli": "offline",
    "/repor": "reports",
    "/healt": "health",
    "/ready": "health",
}
_OTHERS = "pages"
_HELP_LENGTH = len(_HELP)
_SMALL = 64 * 1024
_CLOSES_WITHIN = 1.0
# How often, and after how many seconds each time, is looked whether who just connected has asked.
_LOOKS, _LOOKS_AGAIN = 50, 0.01
_CALM_SECONDS = 60.0
_NO_PROXIES = TrustedProxies()
_LIMITS = ConnectionLimits()
_CAPS = public_caps(descriptors=1024)
# Strangers can say that they are proxies, too.
_MOST_UNKNOWN_PROXIES = 20
_NOT_OBSERVED = "requests are answered but not observed, the first to %a"


class PublicListener:
    """Answers help, connection lists, `/healthz` and `/readyz` over HTTP/1.1.

    `snapshot` and `clock` (Unix seconds) are asked anew for every request, `ready` for `/readyz`. `max_age`
    is in whole seconds. `on_help_request` is called for every request to a help address, and `reports` of
    every POST there. `log_requests` writes a line for each request; all then take the ordinary way, at about
    half the rate. `limits` and `caps` bound its connections in time and in number; `heads` remembers heads of
    requests, `ready_answers` what they get. `on_snapshot` has a follower called, on the event loop, as soon as
    `snapshot` gives another one; without it no answer is kept ready.
    """

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        clock: Callable[[], float],
        *,
        max_age: int,
        ready: Callable[[], bool] = lambda: True,
        proxies: TrustedProxies = _NO_PROXIES,
        log_requests: bool = False,
        on_help_request: Observer | None = None,
        reports: ErrorReports | None = None,
        limits: ConnectionLimits = _LIMITS,
        caps: ConnectionCaps = _CAPS,
        heads: RememberedHeads | None = None,
        ready_answers: ReadyAnswers | None = None,
        on_snapshot: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        self._snapshot = snapshot
        self._clock = clock
        self._log_requests = log_requests
        self._observer = on_help_request
        self._counting = on_help_request if isinstance(on_help_request, CountingObserver) else None
        self._reports = reports
        self._limits = limits
        self._proxies = proxies
        self._heads = RememberedHeads() if heads is None else heads
        self._ready = ReadyAnswers() if ready_answers is None else ready_answers
        if on_snapshot is None:
            self._ready.most = 0
        else:
            on_snapshot(self._ready.clear)
        if self._counting is not None:
            self._counting.on_capture(self._ready.clear)
        self.open_connections = OpenConnections("public", caps, proxies.client_at)
        self._unknown_proxies: dict[str, None] = {}
        self._page_trouble = Trouble(log, calm=_CALM_SECONDS)
        self._observing_trouble = Trouble(log, calm=_CALM_SECONDS)
        lists = ListMaking(clock)
        self._routes = Routes(snapshot, ready, proxies, lists, PageMaking(clock))
        self._launchers = Launchers(proxies, lists)
        self._wire = Wire(max_age)
        self._server: web.Server | None = None
        self._sockets: asyncio.Server | None = None
        self._requests = {route: AnsweredRequests() for route in (*_ROUTES.values(), _OTHERS)}
        self._help_requests = self._requests[_ROUTES[_HELP]]

    @property
    def addresses(self) -> list[tuple[str, int]]:
        """Host and port of every socket it listens on."""
        return [socket.getsockname()[:2] for socket in self._sockets.sockets] if self._sockets else []

    @property
    def requests(self) -> Mapping[str, AnsweredRequests]:
        """The requests that were answered, by route."""
        return self._requests

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._server.connections) if self._server else 0

    @property
    def unknown_proxies(self) -> list[str]:
        """The newest addresses that say for whom they ask, as proxies do, and are not trusted."""
        return list(self._unknown_proxies)

    def server(self) -> web.Server:
        """What makes a connection for each transport; to be called in a running loop."""
        return _Server(self._answer, self._connect())

    async def start(self, host: str, port: int) -> None:
        """Listens there (port 0: any that is free); OSError when that cannot be."""
        self._server = self.server()
        self._sockets = await asyncio.get_running_loop().create_server(
            self._server, host, port, backlog=self.open_connections.caps.queue
        )

    async def stop(self, grace: float) -> None:
        """Closes idle connections at once, the others after their answer or `grace` seconds.

        Who has just connected has a moment to ask.
        """
        if self._sockets is None or self._server is None:
            return
        loop = asyncio.get_running_loop()
        for queued in close_and_take_queued(self._sockets):
            with suppress(OSError):
                await loop.connect_accepted_socket(self._server, queued)
        for _ in range(_LOOKS):
            # Those taken last are made connections in the loop's next rounds.
            await asyncio.sleep(_LOOKS_AGAIN)
            if not any(each.is_new for each in self._connections()):
                break
        connections = self._connections()
        self._server.pre_shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self._server.shutdown(grace)
        for connection in connections:
            connection.abort()
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSES_WITHIN):
                await self._sockets.wait_closed()
        self._sockets = self._server = None

    def _connect(self) -> Connect:
        """What makes a connection: with the shortcut where this aiohttp allows it."""
        missing = shortcut.missing()
        if not missing:
            return partial(
                shortcut.ShortcutConnection,
                shortcut=self._answer_at_once,
                heads=self._heads,
                ready=self._ready,
                clock=self._clock,
                limits=self._limits,
                open_connections=self.open_connections,
                errors=self._answer_error,
            )
        log.warning(
            "aiohttp %s lacks or has changed %s: all requests are answered as before, but at a lower rate; "
            "constraints.txt names an aiohttp that has it",
            aiohttp.__version__,
            ", ".join(missing),
        )
        return partial(
            Connection,
            limits=self._limits,
            open_connections=self.open_connections,
            errors=self._answer_error,
        )

    def _connections(self) -> list[Connection]:
        server = self._server
        return [each for each in server.connections if isinstance(each, Connection)] if server else []

    def _answer_at_once(self, head: Head, body: bytes, connection: Connection) -> bytes | None:
        """The way of almost all requests; see `shortcut.Shortcut`."""
        method, path = head.method, head.path
        if method == hdrs.METH_POST:
            return self._take_at_once(head, body, connection)
        if method not in _READ or body or self._log_requests:
            return None
        snapshot, now, list_until = self._snapshot(), self._clock(), None
        is_help = path.startswith(_HELP)
        answer = snapshot.kept.answers.get(path)
        if answer is None or now >= answer.valid_until:
            if is_help:
                answer = snapshot.help_to_keep(path, now)
            else:
                answer, list_until = self._launchers.answer_at_once(path, head.accepts, snapshot, now)
        if answer is None or len(answer.body) > _SMALL:
            return None
        self._note_asked(connection, head.headers)
        if head.known_tags:
            answer = unless_known(answer, head.known_tags)
        answered = self._help_requests
        if not is_help:
            answered = self._requests[_ROUTES.get(path[:_HELP_LENGTH], _OTHERS)]
        elif self._counting is not None and not self._counting.is_capturing:
            self._counting.count(path, head.agent, now)
        elif self._observer is not None:
            request = HelpRequest(method, path, head.headers, connection.peer)
            self._observe(request, self._observer)
        content = answer.body if method == hdrs.METH_GET else b""
        response = b"".join((answer.head, self._wire.last_lines(answer, now), content))
        count = answered.at_once(answer.status)
        count.number += 1
        if self._ready.is_due(head, now) and (asked := self._asked_counter(head)) is not None:
            until = self._wire.last_lines_until(answer, now, list_until)
            self._ready.put(head, ReadyAnswer(response, now, until, count, asked))
        return response

    def _asked_counter(self, head: Head) -> Count | None:
        """What counts who asks with that head; None if it has to be looked at each time."""
        if not head.path.startswith(_HELP) or self._observer is None:
            return Count()
        if self._counting is None or self._counting.is_capturing:
            return None
        return self._counting.counter(head.path, head.agent)

    def _take_at_once(self, head: Head, body: bytes, connection: Connection) -> bytes | None:
        """The way of almost all login-failure reports, of which a storm may come."""
        path, headers, now = head.path, head.headers, self._clock()
        snapshot = self._snapshot()
        answer = snapshot.kept.answers.get(path) if path.startswith(_HELP) else None
        if answer is None or now >= answer.valid_until:
            answer = snapshot.help_to_keep(path, now)
        if answer is None or len(answer.body) > _SMALL:
            return None
        if self._log_requests or hdrs.EXPECT in headers:
            return None
        self._note_asked(connection, headers)
        started = perf_counter()
        self._observe_post(HelpRequest(head.method, path, headers, connection.peer, body))
        response = b"".join((answer.head, self._wire.last_lines(answer, now), answer.body))
        self._help_requests.add(answer.status, perf_counter() - started)
        if self._ready.is_due(head, now) and (asked := self._asked_counter(head)) is not None:
            until = self._wire.last_lines_until(answer, now)
            ready = ReadyAnswer(response, now, until, self._help_requests.at_once(answer.status), asked)
            take = self._reports.taker(path, headers) if self._reports is not None else None
            self._ready.put_receipt(
                head, ReadyReceipt(ready, head.body, take or _drop, partial(self._note_not_observed, path))
            )
        return response

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """The way of all other requests."""
        connection = cast(Connection, request.protocol)
        connection.take_up(request)
        self._note_asked(connection, request.headers)
        if has_faulty_framing(request):
            return self._respond(request, error_answers.FAULTY_FRAMING, self._clock(), keep_alive=False)
        path = address(request)
        body: bytes | None = b""
        if is_help_address(path):
            if request.method == hdrs.METH_POST:
                body = await read_body(request, self._limits.body)
            peer, query = request.remote or "", request.rel_url.raw_query_string
            asked = HelpRequest(request.method, path, request.headers, peer, body, query)
            if request.method == hdrs.METH_POST:
                self._observe_post(asked)
            else:
                self._observe(asked, self._observer)
        now = self._clock()
        if self._reports and self._reports.is_address(path) and request.method != hdrs.METH_OPTIONS:
            answer, is_read = await self._reports.answer(request, path, self._snapshot(), now)
            return self._respond(request, answer, now, keep_alive=request.keep_alive and is_read)
        if self._launchers.is_address(path) and request.method != hdrs.METH_OPTIONS:
            if request.method == hdrs.METH_POST:
                body = await read_body(request, self._limits.body, LARGEST_CALL)
            answer = await self._launchers.answer(request, path, body, self._snapshot(), now)
        else:
            answer = await self._routes.answer(request, now)
        # Making a long list takes a while, of which caches must know.
        now = self._clock()
        return self._respond(request, answer, now, keep_alive=request.keep_alive and body is not None)

    def _answer_error(
        self, request: web.BaseRequest, status: int, error: BaseException | None
    ) -> web.StreamResponse:
        """What aiohttp's parser cannot read is the client's fault and quiet; anything else is ours."""
        match error:
            case LineTooLong(args=(_, limit, *_)):
                answer = (
                    error_answers.ADDRESS_TOO_LONG
                    if limit == LONGEST_ADDRESS
                    else error_answers.HEADERS_TOO_LARGE
                )
            case _ if status == 400:
                answer = error_answers.BAD_REQUEST
            case _:
                error_id = uuid4()
                log.error("error %s in %s %a", error_id, request.method, request.path, exc_info=error)
                answer = error_answers.internal_error(error_id)
        return self._respond(request, answer, self._clock(), keep_alive=False)

    def _for_reader(self, request: web.BaseRequest, answer: Answer, now: float) -> Answer:
        """The answer, or the page of the error that it says for somebody with a browser.

        What is said at a help address is for programs alone.
        """
        if answer.content_type != problem_detail.CONTENT_TYPE or request.method not in _READ:
            return answer
        if not wants_page(request.headers.getall(hdrs.ACCEPT, ())):
            return answer
        accepted = accepted_languages(",".join(request.headers.getall(hdrs.ACCEPT_LANGUAGE, ())))
        try:
            path = address(request)
            page = None if is_help_address(path) else self._snapshot().error_page(answer, path, accepted, now)
            self._page_trouble.over()
        except Exception as error:
            self._page_trouble.note(error, "errors cannot be shown as pages")
            return answer
        return page or answer

    def _respond(
        self, request: web.BaseRequest, answer: Answer, now: float, *, keep_alive: bool
    ) -> web.StreamResponse:
        answer = self._for_reader(request, answer, now)
        self._count(request.path, answer, cast(Connection, request.protocol).seconds_in_progress)
        connection = b""
        if not keep_alive:
            connection = b"Connection: close\r\n"
        elif request.version < HttpVersion11:
            connection = b"Connection: keep-alive\r\n"
        if self._log_requests:
            # The query is left out: it may hold a token.
            log.info("%s %s %a %d", request.remote, request.method, request.path, answer.status)
        return CompiledResponse(
            b"".join((answer.head, connection, self._wire.last_lines(answer, now))),
            b"" if request.method == hdrs.METH_HEAD else answer.body,
            keep_alive=keep_alive,
        )

    def _note_asked(self, connection: Connection, headers: MultiMapping[str]) -> None:
        if not self.open_connections.asked(connection):
            return
        peer = connection.peer
        if self._proxies.is_unknown_proxy(peer, headers):
            self._unknown_proxies.pop(peer, None)
            self._unknown_proxies[peer] = None
            if len(self._unknown_proxies) > _MOST_UNKNOWN_PROXIES:
                del self._unknown_proxies[next(iter(self._unknown_proxies))]

    def _count(self, path: str, answer: Answer, seconds: float) -> None:
        self._requests[_ROUTES.get(path[:_HELP_LENGTH], _OTHERS)].add(answer.status, seconds)

    def _observe_post(self, request: HelpRequest) -> None:
        self._observe(request, self._observer)
        if self._reports is not None:
            self._observe(request, self._reports.observe)

    def _observe(self, request: HelpRequest, observer: Observer | None) -> None:
        """Calls an observer; its errors are logged and take nobody's help away."""
        if observer is None:
            return
        try:
            observer(request)
            self._observing_trouble.over()
        except Exception as error:
            self._note_not_observed(request.path, error)

    def _note_not_observed(self, path: str, error: Exception) -> None:
        self._observing_trouble.note(error, _NOT_OBSERVED, path)


def _drop(body: bytes | None, peer: str, now: float) -> None:
    """Nobody takes reports in."""


class _Server(web.Server):
    """aiohttp's low-level server, with our connections."""

    def __init__(self, handler: Handler, connect: Connect) -> None:
        super().__init__(handler)
        self._connect = connect

    def __call__(self) -> Connection:
        return self._connect(self)
