"""A form on its way to a message: braces filled in, errors found, and what it would look like. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from errorhelp.admin.pages.write_form import (
    FormError,
    MessageForm,
    Period,
    errors_in,
    read_period,
)
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.message_texts import draft_text, message_text, shown_text
from errorhelp.formats.connect_string import ServerConnection
from errorhelp.formats.shells import Shell
from errorhelp.messages.message import Message
from errorhelp.messages.session_locks import (
    Administration,
    ServerInfobase,
    denial_for,
    deny_script,
    lift_script,
    lock_for,
)
from errorhelp.service.drafts import Draft, MessageLimits, tidied, with_changed_text
from errorhelp.text.placeholders import OWN_VALUES, unknown_names

MOST_LOCKED = 50
"""For so many infobases the page writes commands; for more the command line does it better."""


@dataclass(frozen=True)
class Drafting:
    """A form at a moment. `changes` is the message that it gives other values, None for a new one."""

    form: MessageForm
    catalog: Catalog
    limits: MessageLimits
    now: datetime
    changes: Message | None = None

    @cached_property
    def period(self) -> Period | FormError:
        """From when until when, or why that cannot be said."""
        return read_period(self.form, self.catalog.zone, self.now)

    @property
    def ends_at(self) -> datetime | None:
        """The end, if there is one."""
        return self.period.ends_at if isinstance(self.period, Period) else None

    @property
    def starts_at(self) -> datetime:
        """The start: the chosen one, that of the message that is shown already, or now."""
        if isinstance(self.period, Period) and self.period.starts_at is not None:
            return self.period.starts_at
        kept = self.changes is not None and self.form.start == "kept"
        return self.changes.starts_at if self.changes and kept else self.now.replace(microsecond=0)

    @cached_property
    def text(self) -> dict[str, str]:
        """The text with its braces filled in, in the languages in which there is one."""
        written, catalog, targets = self.form.written, self.catalog, self.form.targets
        if not self.is_live:
            return written
        if self.ends_at is None:
            return {
                language: draft_text(written, targets, self.starts_at, None, catalog, language)
                for language in written
            }
        shown = shown_text(self._message(targets, self.ends_at), catalog)
        return {} if isinstance(shown, str) else dict(shown)

    @cached_property
    def is_live(self) -> bool:
        """Whether anything that stands in braces is filled in."""
        return self._message(self.form.targets, self.ends_at or self.now).live_text is not None

    @cached_property
    def unknown_names(self) -> list[str]:
        """What stands in braces and means nothing."""
        known = (*OWN_VALUES, *self.catalog.values)
        written = " ".join(self.form.written.values())
        return unknown_names(written, known)

    @cached_property
    def errors(self) -> list[FormError]:
        """What is wrong."""
        return errors_in(self.form, self.period, self.text, self.catalog, self.limits, self.now)

    @cached_property
    def infobases(self) -> Sequence[Infobase]:
        """The infobases that are meant."""
        return self.catalog.meant_by(self.form.targets)

    def draft(self) -> Draft:
        """The draft for the service; there are no errors."""
        assert isinstance(self.period, Period)  # noqa: S101 - anything else is an error
        starts_now = self.changes is not None and self.form.start == "now"
        return Draft(
            targets=self.form.targets,
            text=self.form.written,
            ends_at=self.period.ends_at,
            severity=self.form.severity,
            starts_at=self.starts_at if starts_now else self.period.starts_at,
            note=self.form.note,
        )

    def message(self, example: Infobase) -> Message | None:
        """The message as it would be, for the example while there is no target; None without text or end."""
        if not self.text or self.ends_at is None or self.ends_at <= max(self.starts_at, self.now):
            return None
        return self._message(self.form.targets or (example.id,), self.ends_at)

    def _message(self, targets: tuple[str, ...], ends_at: datetime) -> Message:
        message = Message(
            id=self.changes.id if self.changes else "preview",
            targets=targets,
            text=self.changes.text if self.changes else "",
            live_text=self.changes.live_text if self.changes else None,
            severity=self.form.severity,
            starts_at=self.starts_at,
            ends_at=ends_at,
            created_at=self.now,
        )
        return with_changed_text(message, tidied(self.form.written), self.catalog)


@dataclass(frozen=True, slots=True)
class Lock:
    """Scripts that deny sessions with a message's text and times, and lift that again.

    `left_out` infobases are no server ones, or in no cluster. `too_many`: there are no scripts.
    """

    deny: str = ""
    lift: str = ""
    left_out: int = 0
    too_many: bool = False


def lock(
    message: Message, infobases: Sequence[Infobase], catalog: Catalog, language: str, shell: Shell
) -> Lock:
    """The session locks that go with a message, in a language and for a shell."""
    servers = [
        ServerInfobase(each.id, each.name, each.connection)
        for each in infobases
        if isinstance(each.connection, ServerConnection)
    ]
    left_out = len(infobases) - len(servers)
    if len(servers) > MOST_LOCKED:
        return Lock(left_out=left_out, too_many=True)
    if not servers:
        return Lock(left_out=left_out)
    session_lock = lock_for(message, message_text(message, catalog, language), catalog.zone)
    denial, where = denial_for(message, session_lock), Administration()
    return Lock(deny_script(shell, servers, denial, where), lift_script(shell, servers, where), left_out)
