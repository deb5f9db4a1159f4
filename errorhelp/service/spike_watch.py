"""The spikes of this hour and the last, looked up when somebody looks: never a query for each infobase."""

from collections.abc import Collection, Mapping
from datetime import datetime, tzinfo

from errorhelp.reports.spikes import FLOOR, Counts, Spike, find, hours_to_look_at, same_hours
from errorhelp.service.service import Service
from errorhelp.system.worker_thread import in_thread


class SpikeWatch:
    """Looks for spikes in the reports of a service; remembers for an hour what is usual in it."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._learned_for: tuple[datetime, str] | None = None
        self._earlier: dict[str, dict[datetime, int]] = {}
        self._began = service.now()

    async def spikes(self) -> dict[str, Spike]:
        """The latest spike of each infobase that has one, by its id; StoreUnavailable without a store."""
        hours, zone = hours_to_look_at(self._service.now()), self._service.catalog.zone
        high = await self._service.reports.counts.in_hours(hours, at_least=FLOOR)
        if not high:
            return {}
        if self._learned_for != (hours[-1], str(zone)):
            await self._learn(hours)
        return await in_thread(_latest, high, self._earlier, hours, zone, self._began)

    async def _learn(self, hours: tuple[datetime, datetime]) -> None:
        """Read the earlier hours that these are held against, which do not change any more."""
        zone, counts = self._service.catalog.zone, self._service.reports.counts
        earlier: dict[str, dict[datetime, int]] = {}
        # Day by day, so that public reads need not wait for all of them.
        for of_day in zip(*(same_hours(hour, zone) for hour in hours), strict=True):
            for infobase, own in (await counts.in_hours(of_day)).items():
                earlier.setdefault(infobase, {}).update(own)
        self._began = await counts.began() or self._service.now()
        self._earlier, self._learned_for = earlier, (hours[-1], str(zone))


def _latest(
    high: Mapping[str, Counts],
    earlier: Mapping[str, Counts],
    hours: Collection[datetime],
    zone: tzinfo,
    began: datetime,
) -> dict[str, Spike]:
    counts = {each: {**earlier.get(each, {}), **own} for each, own in high.items()}
    return {spike.infobase: spike for spike in find(counts, hours, zone, began)}
