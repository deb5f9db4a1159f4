"""What every store does with templates; used like `store_contract`."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from store_contract import HOUR, NOON, Stores

from errorhelp.messages.message import Severity
from errorhelp.messages.message_template import MessageTemplate, TemplateChange
from errorhelp.store import StaleTemplate, UnknownTemplate
from errorhelp.store.sql import Store
from errorhelp.store.sql_history import ChangesBefore
from errorhelp.store.sql_templates import TemplateStore


def a_template(template_id: str = "t.1", minutes: int = 0) -> MessageTemplate:
    return MessageTemplate(
        id=template_id,
        name={"ru": "Сервер недоступен", "en": "Server down"},
        severity=Severity.OUTAGE,
        text="{infobase} вернётся к {until}",
        folders=("/Finance",),
        revision=1,
        author="anna",
        created_at=NOON + minutes * HOUR / 60,
    )


class TemplateContract(Stores):
    @pytest.fixture
    def templates(self, store: Store) -> TemplateStore:
        return store.templates

    async def test_a_template_is_kept_as_it_was_made(
        self, templates: TemplateStore, new_store: Callable[[], Store]
    ) -> None:
        await templates.add(a_template(), "anna", NOON)
        assert await templates.get("t.1") == a_template()
        other = new_store()
        await other.open()
        assert await other.templates.all() == [a_template()]
        await other.close()

    async def test_templates_come_in_the_order_in_which_they_were_made(
        self, templates: TemplateStore
    ) -> None:
        for each in (a_template("t.1", 5), a_template("t.2"), a_template("t.3", 1)):
            await templates.add(each, "anna", NOON)
        assert [each.id for each in await templates.all()] == ["t.2", "t.3", "t.1"]

    async def test_a_template_is_replaced_only_in_the_place_of_the_revision_that_is_expected(
        self, templates: TemplateStore
    ) -> None:
        await templates.add(a_template(), "anna", NOON)
        changed = replace(a_template(), name="Авария", folders=())
        stored = await templates.replace(changed, expected_revision=1, who="boris", at=NOON + HOUR)
        assert stored == replace(changed, revision=2)
        with pytest.raises(StaleTemplate) as stale:
            await templates.replace(a_template(), expected_revision=1, who="anna", at=NOON)
        assert stale.value.current == stored
        assert await templates.get("t.1") == stored

    async def test_a_template_is_deleted_only_as_it_is_known(self, templates: TemplateStore) -> None:
        await templates.add(a_template(), "anna", NOON)
        stored = await templates.replace(a_template(), expected_revision=1, who="boris", at=NOON)
        with pytest.raises(StaleTemplate):
            await templates.delete(a_template(), "anna", NOON)
        await templates.delete(stored, "anna", NOON)
        assert await templates.all() == []

    async def test_one_that_is_not_there_is_named(self, templates: TemplateStore) -> None:
        for asked in (
            templates.get("t.1"),
            templates.delete(a_template(), "anna", NOON),
            templates.replace(a_template(), expected_revision=1, who="anna", at=NOON),
        ):
            with pytest.raises(UnknownTemplate, match=r"'t\.1'"):
                await asked

    async def test_what_was_done_is_in_the_history_until_it_is_collected(self, store: Store) -> None:
        await store.templates.add(a_template(), "anna", NOON)
        changed = await store.templates.replace(
            replace(a_template(), text="Иначе"), expected_revision=1, who="boris", at=NOON + HOUR
        )
        await store.templates.delete(changed, "vera", NOON + 2 * HOUR)
        found = await store.history.of_templates(ChangesBefore(), 10)
        done = TemplateChange(
            NOON + 2 * HOUR, "vera", "deleted", "t.1", a_template().name, "Иначе", ("/Finance",)
        )
        assert [change for _, change in found] == [
            done,
            replace(done, at=NOON + HOUR, who="boris", what="changed"),
            replace(done, at=NOON, who="anna", what="made", text=a_template().text),
        ]
        assert await store.history.of_templates(ChangesBefore(who="vera"), 10) == found[:1]
        assert await store.history.of_templates(ChangesBefore(targets=["erp"]), 10) == []
        await store.collect(NOON + HOUR)
        assert await store.history.of_templates(ChangesBefore(), 10) == found[:2]

    async def test_texts_that_no_database_keeps_are_refused(self, templates: TemplateStore) -> None:
        with pytest.raises(ValueError, match=r"U\+0000"):
            await templates.add(replace(a_template(), name="a\0b"), "anna", NOON)
        assert await templates.all() == []
