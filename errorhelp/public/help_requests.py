"""Who asked for help: counts for every help address, and for a while whole requests to look at. In memory."""

import heapq
import re
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from aiohttp import hdrs

from errorhelp.answers.help_answers import read_path
from errorhelp.catalog.catalog import Catalog
from errorhelp.formats.secret_masking import mask_body, mask_headers, mask_query
from errorhelp.public.request_bodies import HelpRequest
from errorhelp.system.answered_requests import Count

LONGEST_CAPTURE = 3600.0
"""For how many seconds requests are captured at most, and each one is kept."""

MOST_CAPTURED = 100
"""How many captured requests are kept at once, the newest."""

MOST_AGENTS = 20_000
"""How many names of clients are told apart in all, over all addresses; the others count by their kind."""

_MOST_UNKNOWN = 50
# Of each address; nobody is to fill the memory with names.
_MOST_AGENTS_OF_EACH = 50
_LONGEST_AGENT = 200
# What clients that are not told apart count as, by their kind; of that kind each of these is.
_OTHER_AGENTS = {"1c": "1C/…", "browser": "Mozilla/…", "script": "curl/…", "none": "", "other": "…"}
_LONGEST_SHOWN = 200
# Masking them costs time: so many characters of requests are captured in a second.
_CAPTURED_IN_A_SECOND = 128 * 1024
_SORTED_AT_ONCE = 5_000

_SCRIPTS = re.compile(
    r"powershell|curl|wget|python|aiohttp|httpx|go-http|java/|okhttp|node|perl|libwww|postman|insomnia",
    re.IGNORECASE,
)
# In Latin and in Cyrillic letters.
_1C = re.compile(r"1[cс](?:v8|\+|:|/|\b)", re.IGNORECASE)


@lru_cache(maxsize=1000)
def client_kind(user_agent: str) -> str:
    """What kind of client a `User-Agent` names: `1c`, `browser`, `script`, `other`, or `none`."""
    user_agent = user_agent[:_LONGEST_AGENT]
    if not user_agent:
        return "none"
    if _1C.search(user_agent):
        return "1c"
    if _SCRIPTS.search(user_agent):
        return "script"
    return "browser" if user_agent.startswith(("Mozilla/", "Opera/")) else "other"


@dataclass(slots=True)
class RequestTally:
    """How often an address was asked by each `User-Agent`, and when last (Unix seconds)."""

    last: float = 0
    agents: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, counts: dict[str, Count]) -> Self:
        """What the counts by `User-Agent` come to."""
        tally = cls()
        tally.add(counts)
        return tally

    def add(self, counts: dict[str, Count]) -> None:
        """Add the counts by `User-Agent`."""
        # A copy: this may be another thread than that of the requests.
        for agent, count in counts.copy().items():
            self.agents[agent] = self.agents.get(agent, 0) + count.number
            self.last = max(self.last, count.last)

    @property
    def count(self) -> int:
        """How often it was asked."""
        return sum(self.agents.values())

    @property
    def kinds(self) -> Counter[str]:
        """How often by each kind of client."""
        kinds: Counter[str] = Counter()
        for agent, count in self.agents.items():
            kinds[client_kind(agent)] += count
        return kinds


def _when_asked(address: tuple[str, float]) -> float:
    return address[1]


def _last(counts: dict[str, Count]) -> float:
    """When the last of these requests came, 0 for none; the counts may grow meanwhile, in another thread."""
    return max((count.last for count in counts.copy().values()), default=0.0)


@dataclass(frozen=True, slots=True)
class Captured:
    """A request as it came, but for its secrets; `body` is None if it did not come whole.

    `at` is in Unix seconds.
    """

    at: float
    peer: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: str | None


class Asked:
    """Observes requests to help addresses, each of which costs a look-up and an addition.

    `clock` gives Unix seconds, `catalog` the one in force. `is_capturing`: whole requests are wanted.
    """

    def __init__(self, clock: Callable[[], float], catalog: Callable[[], Catalog]) -> None:
        self._clock = clock
        self._catalog = catalog
        self._counts: dict[str, dict[str, Count]] = {}
        self._agents = 0
        self._unknown: OrderedDict[str, dict[str, Count]] = OrderedDict()
        self._captured: deque[Captured] = deque(maxlen=MOST_CAPTURED)
        self._followers: list[Callable[[], None]] = []
        self._capture_followers: list[Callable[[], None]] = []
        self._capture_until = 0.0
        self._capture_second, self._captured_characters = 0, 0
        self.is_capturing = False
        self.since = clock()
        self.not_captured = 0

    def __call__(self, request: HelpRequest) -> None:
        """Count a request, and keep it while requests are captured."""
        now = self._clock()
        self.count(request.path, request.headers.get(hdrs.USER_AGENT, ""), now)
        self.is_capturing = now < self._capture_until
        if self.is_capturing and self._may_capture(request, now):
            self._capture(request, now)

    def count(self, path: str, user_agent: str, now: float) -> None:
        """Count a request to a help address at a time in Unix seconds."""
        # The way of almost all: each of the many requests comes here.
        try:
            count = self._counts[path][user_agent]
        except KeyError:
            count = self._new_count(path, user_agent)
        count.number += 1
        count.last = now

    def counter(self, path: str, user_agent: str) -> Count | None:
        """What counts requests to a help address by a `User-Agent`, if it is the same for all to come."""
        return self._counts.get(path, {}).get(user_agent)

    def tally(self, paths: Iterable[str]) -> RequestTally:
        """What several addresses come to together."""
        together = RequestTally()
        for path in paths:
            if counts := self._counts.get(path):
                together.add(counts)
        return together

    def latest_first(self) -> Iterator[str]:
        """The help addresses that were asked for, the last asked in front; for any thread.

        What is asked meanwhile may stand where it did before. In pieces, for sorting lets no other thread run.
        """
        asked = [(path, _last(counts)) for path, counts in self._counts.copy().items()]
        pieces = [
            sorted(asked[start : start + _SORTED_AT_ONCE], key=_when_asked, reverse=True)
            for start in range(0, len(asked), _SORTED_AT_ONCE)
        ]
        return (path for path, _ in heapq.merge(*pieces, key=_when_asked, reverse=True))

    def in_order(self, paths: Iterable[str]) -> list[str]:
        """These addresses, the last asked in front, those that nobody asked for behind them as they came."""
        found = ((path, _last(self._counts.get(path, {}))) for path in paths)
        return [path for path, _ in sorted(found, key=_when_asked, reverse=True)]

    @property
    def unknown(self) -> dict[str, RequestTally]:
        """The latest addresses of infobases that there are not, the last new one in front."""
        return {path: RequestTally.of(counts) for path, counts in reversed(self._unknown.items())}

    # Capture

    @property
    def capture_until(self) -> float | None:
        """Until when requests are captured, None when they are not."""
        return self._capture_until if self._clock() < self._capture_until else None

    def capture(self, seconds: float = LONGEST_CAPTURE) -> None:
        """Keep the next requests whole for so long, an hour at most."""
        self._capture_until = self._clock() + min(seconds, LONGEST_CAPTURE)
        self.is_capturing = True
        for follower in self._capture_followers:
            follower()

    def stop_capture(self) -> None:
        """Keep no more requests; those captured stay to be looked at."""
        self._capture_until = 0.0
        self.is_capturing = False

    def forget(self) -> None:
        """Drop what was captured."""
        self._captured.clear()
        self.not_captured = 0

    @property
    def captured(self) -> list[Captured]:
        """The captured requests, the newest first."""
        kept_since = self._clock() - LONGEST_CAPTURE
        while self._captured and self._captured[0].at < kept_since:
            self._captured.popleft()
        return list(reversed(self._captured))

    def on_captured(self, follower: Callable[[], None]) -> None:
        """Call the follower whenever a request is captured."""
        self._followers.append(follower)

    def on_capture(self, follower: Callable[[], None]) -> None:
        """Call the follower whenever capturing begins."""
        self._capture_followers.append(follower)

    def _may_capture(self, request: HelpRequest, now: float) -> bool:
        """Whether there is time to; what is too much for this second is counted in `not_captured`."""
        if int(now) != self._capture_second:
            self._capture_second, self._captured_characters = int(now), 0
        of_headers = sum(len(name) + len(value) for name, value in request.headers.items())
        size = len(request.body or b"") + len(request.query) + of_headers
        self._captured_characters += min(size, _CAPTURED_IN_A_SECOND // 2)
        may = self._captured_characters <= _CAPTURED_IN_A_SECOND
        self.not_captured += not may
        return may

    def _capture(self, request: HelpRequest, now: float) -> None:
        content_type = request.headers.get("Content-Type", "").lower()
        body = (
            None if request.body is None else mask_body(request.body.decode("utf-8", "replace"), content_type)
        )
        query = f"?{mask_query(request.query)}" if request.query else ""
        self._captured.append(
            Captured(
                at=now,
                peer=request.peer,
                method=request.method,
                target=request.path + query,
                headers=mask_headers(request.headers.items()),
                body=body,
            )
        )
        for follower in self._followers:
            follower()

    def _new_count(self, path: str, agent: str) -> Count:
        """For the first request to an address, the first by a `User-Agent`, or one to an unknown address."""
        counts = self._counts_of(path)
        agent = agent[:_LONGEST_AGENT]
        if agent not in counts:
            if len(counts) >= _MOST_AGENTS_OF_EACH or self._agents >= MOST_AGENTS:
                agent = _OTHER_AGENTS[client_kind(agent)]
            elif path in self._counts:
                self._agents += 1
        return counts.setdefault(agent, Count())

    def _counts_of(self, path: str) -> dict[str, Count]:
        if path in self._counts or self._is_known(path):
            return self._counts.setdefault(path, {})
        counts = self._unknown.setdefault(path[:_LONGEST_SHOWN], {})
        if len(self._unknown) > _MOST_UNKNOWN:
            self._unknown.popitem(last=False)
        return counts

    def _is_known(self, path: str) -> bool:
        address, catalog = read_path(path), self._catalog()
        if address is None or catalog.infobase(address[1]) is None:
            return False
        return address[0] is None or address[0] in catalog.languages
