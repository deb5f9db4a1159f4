"""Who asked for help: counts for every help address, and for a while whole requests to look at. In memory."""

import heapq
import re
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from aiohttp import hdrs

from errorhelp.answers.help_answers import read_path
from errorhelp.catalog.catalog import Catalog
from errorhelp.formats.secret_masking import mask_body, mask_headers, mask_query
from errorhelp.public.request_bodies import HelpRequest

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


_NEVER = RequestTally()


def _when_asked(address: tuple[str, RequestTally]) -> float:
    return address[1].last


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
        self._tallies: dict[str, RequestTally] = {}
        self._agents = 0
        self._unknown: OrderedDict[str, RequestTally] = OrderedDict()
        self._captured: deque[Captured] = deque(maxlen=MOST_CAPTURED)
        self._followers: list[Callable[[], None]] = []
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
            tally = self._tallies[path]
            tally.agents[user_agent] += 1
            tally.last = now
        except KeyError:
            self._count_new(path, user_agent, now)

    def tally(self, paths: Iterable[str]) -> RequestTally:
        """What several addresses come to together."""
        together = RequestTally()
        for path in paths:
            if tally := self._tallies.get(path):
                together.last = max(together.last, tally.last)
                # A copy: this may be another thread than that of the requests.
                for agent, count in tally.agents.copy().items():
                    together.agents[agent] = together.agents.get(agent, 0) + count
        return together

    def latest_first(self) -> Iterator[str]:
        """The help addresses that were asked for, the last asked in front; for any thread.

        What is asked meanwhile may stand where it did before. In pieces, for sorting lets no other thread run.
        """
        asked = [*self._tallies.copy().items()]
        pieces = [
            sorted(asked[start : start + _SORTED_AT_ONCE], key=_when_asked, reverse=True)
            for start in range(0, len(asked), _SORTED_AT_ONCE)
        ]
        return (path for path, _ in heapq.merge(*pieces, key=_when_asked, reverse=True))

    def in_order(self, paths: Iterable[str]) -> list[str]:
        """These addresses, the last asked in front, those that nobody asked for behind them as they came."""
        found = ((path, self._tallies.get(path, _NEVER)) for path in paths)
        return [path for path, _ in sorted(found, key=_when_asked, reverse=True)]

    @property
    def unknown(self) -> dict[str, RequestTally]:
        """The latest addresses of infobases that there are not, the last new one in front."""
        return dict(reversed(self._unknown.items()))

    # Capture

    @property
    def capture_until(self) -> float | None:
        """Until when requests are captured, None when they are not."""
        return self._capture_until if self._clock() < self._capture_until else None

    def capture(self, seconds: float = LONGEST_CAPTURE) -> None:
        """Keep the next requests whole for so long, an hour at most."""
        self._capture_until = self._clock() + min(seconds, LONGEST_CAPTURE)
        self.is_capturing = True

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

    def _count_new(self, path: str, agent: str, now: float) -> None:
        """Count the first request to an address, the first by a `User-Agent`, or one to an unknown address."""
        tally = self._tally_of(path)
        agent = agent[:_LONGEST_AGENT]
        if agent not in tally.agents:
            if len(tally.agents) >= _MOST_AGENTS_OF_EACH or self._agents >= MOST_AGENTS:
                agent = _OTHER_AGENTS[client_kind(agent)]
            elif path in self._tallies:
                self._agents += 1
        tally.agents[agent] = tally.agents.get(agent, 0) + 1
        tally.last = now

    def _tally_of(self, path: str) -> RequestTally:
        if path in self._tallies or self._is_known(path):
            return self._tallies.setdefault(path, RequestTally())
        tally = self._unknown.setdefault(path[:_LONGEST_SHOWN], RequestTally())
        if len(self._unknown) > _MOST_UNKNOWN:
            self._unknown.popitem(last=False)
        return tally

    def _is_known(self, path: str) -> bool:
        address, catalog = read_path(path), self._catalog()
        if address is None or catalog.infobase(address[1]) is None:
            return False
        return address[0] is None or address[0] in catalog.languages
