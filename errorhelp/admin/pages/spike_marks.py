"""Spikes as the pages mark them: whether each is announced, and where to announce it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from errorhelp.answers.snapshot import Snapshot
from errorhelp.messages.message import Severity
from errorhelp.people.people import Person, may_write
from errorhelp.reports.spikes import Spike
from errorhelp.service.service import Service
from errorhelp.service.spike_watch import SpikeWatch
from errorhelp.store import StoreUnavailable
from errorhelp.system.worker_thread import in_thread

# As many infobases as an address holds.
_MOST_TARGETS = 100


@dataclass(frozen=True, slots=True)
class Marked:
    """The spike of an infobase; `write` is where to write about it, empty for whoever may not."""

    spike: Spike
    name: str
    is_announced: bool
    write: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """Every spike by the id of its infobase, the highest first; `write` is where to write about all at once."""

    marked: Mapping[str, Marked] = field(default_factory=dict)
    write: str = ""


class Spiking:
    """Looks for spikes in the reports of a service, for pages."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._watch = SpikeWatch(service)

    async def look(self, who: Person) -> Alarm:
        """What to mark for somebody; nothing while the store is unavailable, which every page says."""
        if self._service.store_error is not None:
            return Alarm()
        try:
            spikes = await self._watch.spikes()
        except StoreUnavailable:
            return Alarm()
        return await in_thread(self._alarm, spikes, who, self._service.snapshot)

    def _alarm(self, spikes: Mapping[str, Spike], who: Person, snapshot: Snapshot) -> Alarm:
        catalog, board, now = snapshot.catalog, snapshot.board, self._service.now()
        marked: dict[str, Marked] = {}
        for spike in sorted(spikes.values(), key=lambda each: (-each.count, each.infobase)):
            infobase = catalog.infobase(spike.infobase)
            announced = bool(board.notice(catalog.target_keys(spike.infobase), now).shown)
            to_write = infobase and not announced and may_write(who, [infobase.id], catalog)
            marked[spike.infobase] = Marked(
                spike,
                infobase.name if infobase else spike.infobase,
                announced,
                self._write_address(spike.infobase) if to_write else "",
            )
        targets = [each for each, mark in marked.items() if mark.write]
        return Alarm(marked, self._write_address(*targets) if 1 < len(targets) <= _MOST_TARGETS else "")

    def _write_address(self, *targets: str) -> str:
        """The page to write on, with the infobases chosen and the first template for outages filled in."""
        templates = self._service.loaded.settings.message_templates
        template = next((each.id for each in templates if each.severity is Severity.OUTAGE), None)
        query = [("to", each) for each in targets] + ([("template", template)] if template else [])
        return f"/write?{urlencode(query)}"
