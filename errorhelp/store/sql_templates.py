"""Templates that people made, in SQL."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from errorhelp.messages.message import Severity
from errorhelp.messages.message_template import MessageTemplate, TemplateChange, TemplateDeed
from errorhelp.store import StaleTemplate, UnknownTemplate
from errorhelp.store.rows import instant, refuse_unkeepable, unix_seconds
from errorhelp.store.sql_access import Connecting
from errorhelp.store.tables import template_changes, templates
from errorhelp.text.texts import as_json, in_each_language


class TemplateStore:
    """Templates in a database, under the same terms as the rest of a `Store`; each write is noted in the history."""

    def __init__(self, reading: Connecting, writing: Connecting) -> None:
        self._reading = reading
        self._writing = writing

    async def all(self) -> list[MessageTemplate]:
        """Every template, the oldest first."""
        query = select(templates).order_by(templates.c.created_at, templates.c.id)
        async with self._reading() as connection:
            return [_template_of(row) for row in await connection.execute(query)]

    async def get(self, template_id: str) -> MessageTemplate:
        """One template, or UnknownTemplate."""
        async with self._reading() as connection:
            return await _find(connection, template_id)

    async def add(self, template: MessageTemplate, who: str, at: datetime) -> None:
        """Keep a template under an id of its own."""
        row, change = _template_row(template), _change_row(template, "made", who, at)
        async with self._writing() as connection:
            await connection.execute(insert(templates).values(row))
            await connection.execute(insert(template_changes).values(change))

    async def replace(
        self, template: MessageTemplate, *, expected_revision: int, who: str, at: datetime
    ) -> MessageTemplate:
        """Put it in the place of its revision `expected_revision`, and return it with the next one.

        StaleTemplate if it has another revision by now, UnknownTemplate if it is gone.
        """
        replaced = replace(template, revision=expected_revision + 1)
        row, change = _template_row(replaced), _change_row(replaced, "changed", who, at)
        async with self._writing() as connection:
            changed = update(templates).where(*_expected(template.id, expected_revision)).values(row)
            if (await connection.execute(changed)).rowcount == 0:
                raise StaleTemplate(await _find(connection, template.id))
            await connection.execute(insert(template_changes).values(change))
        return replaced

    async def delete(self, template: MessageTemplate, who: str, at: datetime) -> None:
        """Delete a template as it is known; StaleTemplate and UnknownTemplate as for `replace`."""
        change = _change_row(template, "deleted", who, at)
        async with self._writing() as connection:
            gone = delete(templates).where(*_expected(template.id, template.revision))
            if (await connection.execute(gone)).rowcount == 0:
                raise StaleTemplate(await _find(connection, template.id))
            await connection.execute(insert(template_changes).values(change))


def template_change_of(row: Row[Any]) -> TemplateChange:
    """The change of a row of `template_changes`."""
    return TemplateChange(
        at=instant(row.at),
        who=row.who,
        what=row.what,
        template=row.template_id,
        name=row.name,
        text=row.text,
        folders=tuple(row.folders),
    )


async def _find(connection: AsyncConnection, template_id: str) -> MessageTemplate:
    row = (await connection.execute(select(templates).where(templates.c.id == template_id))).one_or_none()
    if row is None:
        raise UnknownTemplate(template_id)
    return _template_of(row)


def _expected(template_id: str, revision: int) -> Iterator[ColumnElement[bool]]:
    yield templates.c.id == template_id
    yield templates.c.revision == revision


def _template_row(template: MessageTemplate) -> dict[str, Any]:
    assert template.created_at is not None  # noqa: S101 - only those of the configuration were made at no time
    refuse_unkeepable(template.author)
    return {
        **_values(template),
        "id": template.id,
        "revision": template.revision,
        "severity": template.severity.value,
        "author": template.author,
        "created_at": unix_seconds(template.created_at),
    }


def _change_row(template: MessageTemplate, what: TemplateDeed, who: str, at: datetime) -> dict[str, Any]:
    refuse_unkeepable(who)
    done = {"at": unix_seconds(at), "who": who, "what": what, "template_id": template.id}
    return done | _values(template)


def _values(template: MessageTemplate) -> dict[str, Any]:
    refuse_unkeepable(*in_each_language(template.name), *in_each_language(template.text), *template.folders)
    return {
        "name": as_json(template.name),
        "text": as_json(template.text),
        "folders": list(template.folders),
    }


def _template_of(row: Row[Any]) -> MessageTemplate:
    return MessageTemplate(
        id=row.id,
        revision=row.revision,
        name=row.name,
        severity=Severity(row.severity),
        text=row.text,
        folders=tuple(row.folders),
        author=row.author,
        created_at=instant(row.created_at),
    )
