"""Templates: those of the configuration, and what people do to their own."""

import logging
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace

from errorhelp.catalog.names import EVERYTHING, check_folder
from errorhelp.messages.message import Severity
from errorhelp.messages.message_template import MADE, MessageTemplate
from errorhelp.people.people import Person, check_may_write, may_write
from errorhelp.service.drafts import InvalidDraft, MessageLimits, text_errors, tidied
from errorhelp.service.live_state import Clock, LiveState
from errorhelp.store import StaleTemplate, StoreUnavailable
from errorhelp.store.reachability import Reach
from errorhelp.store.sql import Store
from errorhelp.text.texts import Text, in_each_language

log = logging.getLogger(__name__)

LONGEST_NAME = 100
"""The most characters of a template's name, which stands on a button."""

_ID_BYTES = 4


class ConfiguredTemplate(ValueError):
    """A change to a template that stands in the configuration."""

    def __init__(self, template_id: str) -> None:
        super().__init__(
            f"template {template_id} stands in the configuration, under message_templates; change it there"
        )


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    """What a template is to be; None for `folders`: those of whoever makes it, or those that it has."""

    name: Text
    text: Text
    severity: Severity = Severity.OUTAGE
    folders: tuple[str, ...] | None = None


class MessageTemplates:
    """The templates of a configuration and a store.

    Writing is for those who may write messages for all that a template is for: NotAllowed else. UnknownTemplate for
    one that is not there, ConfiguredTemplate for one that is not to be changed here, InvalidDraft for one that
    cannot be.
    """

    def __init__(self, live: LiveState, store: Store, reach: Reach, clock: Clock) -> None:
        self._live = live
        self._store = store
        self._reach = reach
        self._clock = clock
        # As they were read last, for while the store is unavailable.
        self._known: list[MessageTemplate] = []

    @property
    def configured(self) -> list[MessageTemplate]:
        """Those of the configuration, in its order."""
        return [
            MessageTemplate(each.id, each.name, each.severity, each.text)
            for each in self._live.loaded.settings.message_templates
        ]

    async def all(self) -> list[MessageTemplate]:
        """Every template, those of the configuration in front, then the oldest first."""
        return [*self.configured, *await self._reach.wait_for(self._store.templates.all())]

    async def offered(self, person: Person) -> list[MessageTemplate]:
        """Those that somebody may use; while the store is unavailable, as they were read last."""
        try:
            self._known = await self._reach.wait_for(self._store.templates.all())
        except StoreUnavailable:
            log.debug("templates are offered as they were read last")
        return [each for each in (*self.configured, *self._known) if each.is_for(person.folders)]

    async def get(self, template_id: str) -> MessageTemplate:
        """One template."""
        for each in self.configured:
            if each.id == template_id:
                return each
        return await self._reach.wait_for(self._store.templates.get(template_id))

    async def to_be_changed(
        self, template_id: str, who: Person, revision: int | None = None
    ) -> MessageTemplate:
        """One template that somebody may change; StaleTemplate if it was changed since a revision that is named."""
        current = await self.get(template_id)
        if current.is_configured:
            raise ConfiguredTemplate(template_id)
        self._check_may_write(who, current)
        if revision is not None and current.revision != revision:
            raise StaleTemplate(current)
        return current

    async def make(self, draft: TemplateDraft, who: Person) -> MessageTemplate:
        """Make a template."""
        now = self._clock().replace(microsecond=0)
        values = self._checked(draft, who.folders)
        made = replace(
            values, id=MADE + secrets.token_hex(_ID_BYTES), revision=1, author=who.name, created_at=now
        )
        self._check_may_write(who, made)
        await self._reach.wait_for(self._store.templates.add(made, who.name, now))
        log.info("template %s made by %s", made.id, who.name)
        return made

    async def change(
        self, template_id: str, draft: TemplateDraft, revision: int, who: Person
    ) -> MessageTemplate:
        """Give a template other values; StaleTemplate if somebody changed it since that revision."""
        current = await self.to_be_changed(template_id, who, revision)
        values = self._checked(draft, current.folders)
        changed = replace(
            current, name=values.name, text=values.text, severity=values.severity, folders=values.folders
        )
        self._check_may_write(who, changed)
        if changed == current:
            return current
        changed = await self._reach.wait_for(
            self._store.templates.replace(changed, expected_revision=revision, who=who.name, at=self._clock())
        )
        log.info("template %s changed by %s", template_id, who.name)
        return changed

    async def delete(self, template_id: str, who: Person, revision: int | None = None) -> MessageTemplate:
        """Delete a template; StaleTemplate if somebody changed it since a revision that is named."""
        current = await self.to_be_changed(template_id, who, revision)
        await self._reach.wait_for(self._store.templates.delete(current, who.name, self._clock()))
        log.info("template %s deleted by %s", template_id, who.name)
        return current

    def may_change(self, template: MessageTemplate, who: Person) -> bool:
        """Whether somebody may change or delete a template here."""
        targets = template.folders or (EVERYTHING,)
        return not template.is_configured and may_write(who, targets, self._live.catalog)

    def _check_may_write(self, who: Person, template: MessageTemplate) -> None:
        check_may_write(who, template.folders or (EVERYTHING,), self._live.catalog)

    def _checked(self, draft: TemplateDraft, folders: tuple[str, ...]) -> MessageTemplate:
        """The values of a draft in their one spelling; `folders` if it names none."""
        catalog, limits = self._live.catalog, self._live.limits
        errors = [*_name_errors(draft.name, catalog.languages, limits)]
        errors += text_errors("text", draft.text, catalog.languages, limits)
        checked: list[str] = []
        for folder in folders if draft.folders is None else draft.folders:
            try:
                checked.append(catalog.check_target(check_folder(folder)))
            except ValueError as error:
                # What it has may be gone from the configuration.
                if draft.folders is None:
                    checked.append(folder)
                else:
                    errors.append(("folders", str(error)))
        if errors:
            raise InvalidDraft(errors)
        name, text = tidied(draft.name), tidied(draft.text)
        return MessageTemplate("", name, draft.severity, text, tuple(dict.fromkeys(checked)))


def _name_errors(name: Text, languages: tuple[str, ...], limits: MessageLimits) -> Iterator[tuple[str, str]]:
    if any(len(each) > LONGEST_NAME or not each.strip().isprintable() for each in in_each_language(name)):
        yield "name", f"must be one line of at most {LONGEST_NAME} characters"
    elif not any(each.strip() for each in in_each_language(name)):
        yield "name", "say what its button says; it is empty"
    else:
        yield from text_errors("name", name, languages, limits)
