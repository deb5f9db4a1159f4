"""Targets and their outbox in SQL."""

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from errorhelp.notifications.decision import JUMP, NotifiedProblem, Phase, Progress
from errorhelp.reports.report import OTHER, Problem
from errorhelp.store import EntryPending, UnknownEntry
from errorhelp.store.forwarding_records import Depth, EntryState, LastDelivery, QueuedNotification
from errorhelp.store.query_slices import in_slices
from errorhelp.store.rows import instant, unix_seconds
from errorhelp.store.sql_access import Connecting
from errorhelp.store.sql_problem_changes import ids_there
from errorhelp.store.sql_problems import problem_of
from errorhelp.store.sql_reports import upsert
from errorhelp.store.tables import forwarded, last_deliveries, outbox, problems, targets

_ID_BYTES = 16


class ForwardingStore:
    """Targets and their outbox in a database, under the same terms as the rest of a `Store`.

    On the connections of an SQL store: `reading`, and `writing` in a transaction.
    """

    def __init__(self, reading: Connecting, writing: Connecting) -> None:
        self._reading = reading
        self._writing = writing

    async def begin(self, target: str, before: datetime) -> None:
        """From now on the target is remembered; it is not notified of problems last seen before the instant.

        For a target that is remembered already this does nothing.
        """
        old = select(problems.c.id, problems.c.count).where(problems.c.last_seen < unix_seconds(before))
        known = old.add_columns(literal(target).label("target"), literal(Phase.CLOSED.value).label("phase"))
        async with self._writing() as connection:
            add, _ = upsert(connection, targets)
            row = {"id": target, "revision": 1, "digest_at": None, "firsts": 0}
            if (await connection.execute(add.values(row).on_conflict_do_nothing())).rowcount:
                columns = ["problem_id", "count", "target", "phase"]
                await connection.execute(insert(forwarded).from_select(columns, known))

    async def undecided(
        self, target: str, now: datetime, stopped_by: datetime
    ) -> tuple[Progress, Sequence[tuple[Problem, NotifiedProblem]]] | None:
        """What a decision at `now` needs, those first seen in front; nothing for a target that has not begun.

        Closed problems with reports that the target was not notified of, the others with such reports unless its
        digest is planned for later, and the open ones last seen at `stopped_by` or before. Their users and
        versions are left out.
        """
        async with self._reading() as connection:
            row = (await connection.execute(select(targets).where(targets.c.id == target))).one_or_none()
            if row is None:
                return None
            digest_at = None if row.digest_at is None else instant(row.digest_at)
            progress = Progress(row.revision, digest_at, row.firsts)
            waits = digest_at is not None and now < digest_at
            found: list[tuple[Problem, NotifiedProblem]] = []
            async for rows in in_slices(connection, _undecided(target, stopped_by, waits=waits)):
                found += (
                    (problem_of(each), NotifiedProblem(each.notified, Phase(each.phase))) for each in rows
                )
        return progress, found

    async def keep_decision(
        self,
        target: str,
        progress: Progress,
        notified: Mapping[str, NotifiedProblem],
        documents: Iterable[Mapping[str, Any]],
        at: datetime,
    ) -> bool:
        """Remember a decision and put its notifications into the outbox, in one transaction.

        False, and nothing is changed, when somebody else decided since that revision of the progress.
        """
        digest_at = None if progress.digest_at is None else unix_seconds(progress.digest_at)
        changed = {"revision": progress.revision + 1, "digest_at": digest_at, "firsts": progress.firsts}
        expected = (targets.c.id == target, targets.c.revision == progress.revision)
        rows: list[dict[str, Any]] = [
            {"target": target, "problem_id": found, "count": each.count, "phase": each.phase.value}
            for found, each in notified.items()
        ]
        entries = [_new_entry(target, each, at) for each in documents]
        async with self._writing() as connection:
            if not (await connection.execute(update(targets).where(*expected).values(changed))).rowcount:
                return False
            # A problem may have given way to others meanwhile.
            there = await ids_there(connection, [row["problem_id"] for row in rows])
            if rows := [row for row in rows if row["problem_id"] in there]:
                add, new = upsert(connection, forwarded)
                replaced = {"count": new.count, "phase": new.phase}
                keys = [forwarded.c.target, forwarded.c.problem_id]
                await connection.execute(add.on_conflict_do_update(index_elements=keys, set_=replaced), rows)
            if entries:
                await connection.execute(insert(outbox), entries)
        return True

    async def head(self, target: str) -> QueuedNotification | None:
        """The first entry of the target that is pending."""
        query = _in_order().where(outbox.c.target == target, outbox.c.state == EntryState.PENDING.value)
        async with self._reading() as connection:
            row = (await connection.execute(query.limit(1))).one_or_none()
        return None if row is None else _entry_of(row)

    async def entries(
        self,
        *,
        target: str | None = None,
        state: EntryState | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 1000,
        after_seq: int = 0,
    ) -> list[QueuedNotification]:
        """Up to `limit` entries that follow the one with the number `after_seq`, in their order.

        Of a target, in a state, made in `[since, until)`.
        """
        found = _entries_found(target, state, since, until)
        query = _in_order().where(*found, outbox.c.seq > after_seq).limit(limit)
        async with self._reading() as connection:
            return [_entry_of(row) for row in await connection.execute(query)]

    async def count_entries(
        self,
        *,
        target: str | None = None,
        state: EntryState | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> int:
        """How many such entries there are."""
        found = _entries_found(target, state, since, until)
        async with self._reading() as connection:
            return await connection.scalar(select(func.count()).select_from(outbox).where(*found)) or 0

    async def entry(self, entry_id: str) -> QueuedNotification:
        """One entry, or UnknownEntry."""
        async with self._reading() as connection:
            return await _find(connection, entry_id)

    async def drop(self, entry_id: str, *, dead_only: bool) -> None:
        """Delete an entry, which nobody gets then; UnknownEntry if there is none.

        EntryPending if only one that is dead may go, and it is not.
        """
        of_entry = outbox.c.id == entry_id
        may_go = outbox.c.state == EntryState.DEAD.value if dead_only else true()
        async with self._writing() as connection:
            if not (await connection.execute(delete(outbox).where(of_entry, may_go))).rowcount:
                raise EntryPending((await _find(connection, entry_id)).id)

    async def drop_all(self, target: str, *, dead_only: bool) -> int:
        """Delete all entries of a target, or those that are dead: how many."""
        may_go = outbox.c.state == EntryState.DEAD.value if dead_only else true()
        async with self._writing() as connection:
            gone = delete(outbox).where(outbox.c.target == target, may_go)
            return (await connection.execute(gone)).rowcount

    async def delivered(self, entry_id: str) -> None:
        """Remove an entry that was delivered."""
        async with self._writing() as connection:
            await connection.execute(delete(outbox).where(outbox.c.id == entry_id))

    async def failed(self, entry_id: str, error: str, next_try: datetime | None) -> None:
        """Note a failed attempt and when the next one is; None: it is dead."""
        changed: dict[str, Any] = {"attempts": outbox.c.attempts + 1, "error": error}
        if next_try is None:
            changed["state"] = EntryState.DEAD.value
        else:
            changed["next_try"] = unix_seconds(next_try)
        async with self._writing() as connection:
            await connection.execute(update(outbox).where(outbox.c.id == entry_id).values(changed))

    async def note_attempt(self, target: str, at: datetime, error: str = "") -> None:
        """Remember how the last attempt to deliver to a target ended: why it failed, or "" if it was delivered."""
        seconds = unix_seconds(at)
        known: dict[str, Any] = {"tried_at": seconds, "error": error}
        if not error:
            known["delivered_at"] = seconds
        async with self._writing() as connection:
            add, _ = upsert(connection, last_deliveries)
            of_target = add.values({"target": target} | known)
            keys = [last_deliveries.c.target]
            await connection.execute(of_target.on_conflict_do_update(index_elements=keys, set_=known))

    async def last_deliveries(self) -> dict[str, LastDelivery]:
        """How the last attempts ended, by target; nothing of one to which nothing was delivered yet."""
        async with self._reading() as connection:
            return {
                row.target: LastDelivery(
                    instant(row.tried_at),
                    None if row.delivered_at is None else instant(row.delivered_at),
                    row.error,
                )
                for row in await connection.execute(select(last_deliveries))
            }

    async def dead(self) -> dict[str, int]:
        """How many entries are dead, by target; those without any are left out."""
        is_dead = outbox.c.state == EntryState.DEAD.value
        query = select(outbox.c.target, func.count()).where(is_dead).group_by(outbox.c.target)
        async with self._reading() as connection:
            return {target: int(count) for target, count in await connection.execute(query)}

    async def retry(self, entry_id: str, at: datetime) -> QueuedNotification:
        """Have an entry tried again, from the instant on, and return it; UnknownEntry if there is none."""
        async with self._writing() as connection:
            await connection.execute(update(outbox).where(outbox.c.id == entry_id).values(_tried_anew(at)))
            return await _find(connection, entry_id)

    async def retry_all(self, target: str, at: datetime) -> int:
        """Have all entries of a target tried again: how many."""
        async with self._writing() as connection:
            anew = update(outbox).where(outbox.c.target == target).values(_tried_anew(at))
            return (await connection.execute(anew)).rowcount

    async def depth(self) -> dict[str, Depth]:
        """How many entries there are, and since when, by target."""

        def how_many(state: EntryState) -> Any:
            return func.sum(case((outbox.c.state == state.value, 1), else_=0)).label(state.value)

        states = map(how_many, EntryState)
        made_at = case((outbox.c.state == EntryState.PENDING.value, outbox.c.created_at))
        oldest = func.min(made_at).label("oldest")
        async with self._reading() as connection:
            rows = await connection.execute(
                select(outbox.c.target, oldest, *states).group_by(outbox.c.target)
            )
            return {
                row.target: Depth(
                    int(row.pending), int(row.dead), None if row.oldest is None else instant(row.oldest)
                )
                for row in rows
            }

    async def collect_entries(self, before: datetime) -> None:
        """Delete the entries made before the instant."""
        async with self._writing() as connection:
            await connection.execute(delete(outbox).where(outbox.c.created_at < unix_seconds(before)))


def _undecided(target: str, stopped_by: datetime, *, waits: bool) -> Select[Any]:
    """Problems to decide about; `waits` if those that the target knows of wait for a digest planned for later."""
    notified = func.coalesce(forwarded.c.count, 0)
    phase = func.coalesce(forwarded.c.phase, Phase.CLOSED.value)
    new = problems.c.count - notified
    has_more = new > 0
    # As `decide` has it.
    has_jumped = and_(problems.c.stack_hash == OTHER, new >= JUMP, new >= notified)
    has_stopped = and_(phase == Phase.OPEN.value, problems.c.last_seen <= unix_seconds(stopped_by))
    return (
        select(problems, notified.label("notified"), phase.label("phase"))
        .outerjoin(forwarded, and_(forwarded.c.problem_id == problems.c.id, forwarded.c.target == target))
        .where(
            problems.c.dismissed_at.is_(None),
            or_(
                and_(has_more, or_(phase == Phase.CLOSED.value, has_jumped)) if waits else has_more,
                has_stopped,
            ),
        )
        .order_by(problems.c.first_seen, problems.c.id)
    )


def _entries_found(
    target: str | None, state: EntryState | None, since: datetime | None, until: datetime | None
) -> Iterator[ColumnElement[bool]]:
    if target is not None:
        yield outbox.c.target == target
    if state is not None:
        yield outbox.c.state == state.value
    if since is not None:
        yield outbox.c.created_at >= unix_seconds(since)
    if until is not None:
        yield outbox.c.created_at < unix_seconds(until)


def _in_order() -> Select[Any]:
    return select(outbox).order_by(outbox.c.seq)


async def _find(connection: AsyncConnection, entry_id: str) -> QueuedNotification:
    row = (await connection.execute(select(outbox).where(outbox.c.id == entry_id))).one_or_none()
    if row is None:
        raise UnknownEntry(entry_id)
    return _entry_of(row)


def _tried_anew(at: datetime) -> dict[str, Any]:
    seconds = unix_seconds(at)
    return {
        "state": EntryState.PENDING.value,
        "attempts": 0,
        "tried_since": seconds,
        "next_try": seconds,
    }


def _new_entry(target: str, document: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    return _tried_anew(at) | {
        "id": secrets.token_hex(_ID_BYTES),
        "target": target,
        "document": dict(document),
        "created_at": unix_seconds(at),
        "error": "",
    }


def _entry_of(row: Row[Any]) -> QueuedNotification:
    return QueuedNotification(
        seq=row.seq,
        id=row.id,
        target=row.target,
        document=row.document,
        created_at=instant(row.created_at),
        tried_since=instant(row.tried_since),
        next_try=instant(row.next_try),
        attempts=row.attempts,
        error=row.error,
        state=EntryState(row.state),
    )
