"""The life of messages, whatever is done to them and whenever: a service is held against a model of a few lines."""

import asyncio
import json
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from errorhelp.config import load
from errorhelp.messages.message import Severity
from errorhelp.people.people import Person, Role
from errorhelp.service.drafts import Draft, InvalidDraft, MessageOver
from errorhelp.service.service import Service
from errorhelp.store.sqlite import SqliteStore

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ANNA = Person("anna", Role.EDITOR)
CONFIGURATION = """
help: {text: Call 112}
infobases:
  - {id: erp, name: ERP, connect: {server: s, ref: erp}, folder: /Production}
  - {id: payroll, name: Payroll, connect: {server: s, ref: zup}, folder: /Finance}
  - {id: accounting, name: Accounting, connect: {server: s, ref: bp}, folder: /Finance/Books}
lists:
  - {id: office, folders: [/], carries_messages: true}
messages: {longest: 365d}
"""
MEANT = {
    "erp": {"erp"},
    "payroll": {"payroll"},
    "/Finance": {"payroll", "accounting"},
    "*": {"erp", "payroll", "accounting"},
}
TARGETS = st.sampled_from(sorted(MEANT))
SEVERITIES = st.sampled_from(list(Severity))
SPANS = st.integers(1, 4 * 3600).map(lambda seconds: timedelta(seconds=seconds))
RANKS = [Severity.OUTAGE, Severity.MAINTENANCE, Severity.INFO]


@dataclass
class Expected:
    """A message as its author thinks of it."""

    text: str
    target: str
    severity: Severity
    starts_at: datetime
    ends_at: datetime

    def is_read(self, infobase: str, at: datetime) -> bool:
        return infobase in MEANT[self.target] and self.starts_at <= at < self.ends_at


class LifeCycle(RuleBasedStateMachine):
    """Posting, changing, extending and ending, while time passes and steps, through restarts."""

    messages = Bundle("messages")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(prefix="life-"))
        (self.folder / "errorhelp.yaml").write_text(CONFIGURATION, "utf-8")
        self.now = NOON
        self.expected: dict[str, Expected] = {}
        self.start()

    def start(self) -> None:
        store = SqliteStore(self.folder / "errorhelp.db")
        self.service = Service(load(self.folder / "errorhelp.yaml"), store, lambda: self.now)
        self.runner.run(self.service.start())

    def teardown(self) -> None:
        self.runner.run(self.service.stop())
        self.runner.close()
        shutil.rmtree(self.folder)

    def draft(
        self, target: str, text: str, severity: Severity, starts_in: timedelta, span: timedelta
    ) -> Draft:
        starts_at = self.now + starts_in
        return Draft((target,), text, starts_at + span, severity, starts_at)

    @rule(
        target=messages, to=TARGETS, severity=SEVERITIES, starts_in=st.just(timedelta()) | SPANS, span=SPANS
    )
    def post(self, to: str, severity: Severity, starts_in: timedelta, span: timedelta) -> str:
        text = f"message {len(self.expected)}."
        draft = self.draft(to, text, severity, starts_in, span)
        message = self.runner.run(self.service.post(draft, ANNA))
        starts_at = self.now + starts_in
        self.expected[message.id] = Expected(text, to, severity, starts_at, starts_at + span)
        return message.id

    @rule(
        message=messages, to=TARGETS, severity=SEVERITIES, starts_in=st.just(timedelta()) | SPANS, span=SPANS
    )
    def change(
        self, message: str, to: str, severity: Severity, starts_in: timedelta, span: timedelta
    ) -> None:
        expected = self.expected[message]
        draft = self.draft(to, expected.text, severity, starts_in, span)
        revision = self.runner.run(self.service.message(message)).revision
        change = self.service.change(message, draft, revision, ANNA)
        if expected.ends_at <= self.now:
            with pytest.raises(MessageOver):
                self.runner.run(change)
            return
        self.runner.run(change)
        starts_at = self.now + starts_in
        self.expected[message] = Expected(expected.text, to, severity, starts_at, starts_at + span)

    @rule(message=messages, by=SPANS)
    def extend(self, message: str, by: timedelta) -> None:
        expected = self.expected[message]
        extension = self.service.extend(message, by, ANNA)
        if expected.ends_at <= self.now:
            with pytest.raises(MessageOver):
                self.runner.run(extension)
        elif expected.ends_at + by <= expected.starts_at:
            # It was ended before it began.
            with pytest.raises(InvalidDraft):
                self.runner.run(extension)
        else:
            self.runner.run(extension)
            expected.ends_at += by

    @rule(message=messages)
    def end(self, message: str) -> None:
        self.runner.run(self.service.end(message, ANNA))
        expected = self.expected[message]
        expected.ends_at = min(expected.ends_at, self.now)

    @rule(span=SPANS)
    def time_passes(self, span: timedelta) -> None:
        self.now += span

    @rule(span=SPANS)
    def time_passes_and_is_noticed(self, span: timedelta) -> None:
        self.now += span
        self.runner.run(self.service.catch_up())

    @rule(span=SPANS)
    def the_clock_is_set_back(self, span: timedelta) -> None:
        self.now -= span
        self.runner.run(self.service.catch_up())

    @rule()
    def the_service_is_restarted(self) -> None:
        self.runner.run(self.service.stop())
        self.start()

    @invariant()
    def users_read_what_is_meant_for_them_now(self) -> None:
        for infobase in MEANT["*"]:
            answer = self.service.snapshot.find(f"/help/{infobase}.json", self.now.timestamp())
            assert answer is not None
            document = json.loads(answer.body)
            read = [each for each in self.expected.values() if each.is_read(infobase, self.now)]
            read.sort(key=lambda each: (RANKS.index(each.severity), each.starts_at))
            texts = document["userMessage"].split("\n\n") if document["userMessage"] else []
            assert sorted(texts) == sorted(each.text for each in read)
            assert [RANKS.index(Severity(each["severity"])) for each in document["messages"]] == [
                RANKS.index(each.severity) for each in read
            ]
            until = document["userMessageUntil"]
            ends = {each.ends_at for each in read}
            assert (datetime.fromisoformat(until) if until else None) == min(ends, default=None)

    @invariant()
    def the_connection_list_says_the_same(self) -> None:
        answer = self.service.snapshot.find("/lists/office.v8i", self.now.timestamp())
        assert answer is not None
        listed = answer.body.decode("utf-8-sig")
        for each in self.expected.values():
            is_read = any(each.is_read(infobase, self.now) for infobase in MEANT["*"])
            assert (each.text in listed) == is_read


TestLifeCycle = LifeCycle.TestCase
TestLifeCycle.settings = settings(max_examples=20, stateful_step_count=30, deadline=None)
