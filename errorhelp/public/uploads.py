"""Uploads: bodies that take a while, a few at a time, so that nobody's slow ones keep others out."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp.web import BaseRequest

from errorhelp.people.proxies import network_of
from errorhelp.public.request_bodies import Pace, read_body


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """`at_once`: how many there are at once, each of which may hold as much memory as the largest body.

    `seconds`: how long one may take. After `patience` seconds it must have come at `least_rate` bytes a second.
    """

    at_once: int = 4
    seconds: float = 60.0
    patience: float = 5.0
    least_rate: float = 8 * 1024


class TooManyUploads(Exception):
    """Others are being received."""

    def __init__(self) -> None:
        super().__init__("others are being received")


@dataclass(eq=False, slots=True)
class _Upload:
    client: str
    pace: Pace
    is_here: bool = False
    gave_way: bool = False


class Uploads:
    """Receives bodies from clients; whoever has several under way gives way to those who have none."""

    def __init__(self, limits: UploadLimits) -> None:
        self._limits = limits
        self._under_way: list[_Upload] = []

    @asynccontextmanager
    async def receiving(
        self, request: BaseRequest, address: str, largest: int
    ) -> AsyncIterator[bytes | None]:
        """The body that comes from an address, None if it is larger than `largest` bytes, or came too slowly.

        It counts until it is done with. TooManyUploads if others are being received, or if it gave way to one.
        """
        upload = _Upload(network_of(address), Pace(self._limits.patience, self._limits.least_rate))
        if len(self._under_way) >= self._limits.at_once:
            self._make_room_for(upload)
        self._under_way.append(upload)
        try:
            body = await read_body(request, self._limits.seconds, largest, upload.pace)
            if upload.gave_way:
                raise TooManyUploads
            upload.is_here = True
            yield body
        finally:
            if upload in self._under_way:
                self._under_way.remove(upload)

    def _make_room_for(self, newcomer: _Upload) -> None:
        """End the oldest upload of the client that has the most; TooManyUploads if each has one only."""
        counts = Counter(each.client for each in self._under_way)
        # What has come whole will soon be done with.
        comes = [each for each in self._under_way if not each.is_here and counts[each.client] > 1]
        if not comes or counts[newcomer.client] > 0:
            raise TooManyUploads
        oldest = max(comes, key=lambda each: counts[each.client])
        self._under_way.remove(oldest)
        oldest.gave_way = True
        oldest.pace.end()
