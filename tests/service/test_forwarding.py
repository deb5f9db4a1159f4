"""Forwarding to real servers: what arrives, in which order, and what happens when they fail and come back."""

import asyncio
import base64
import hashlib
import hmac
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from configurations import read
from receivers import MailServer, Webhook, mail_server, webhook
from report_samples import CONFIGURATION, NOON, Desk, desk

from errorhelp.messages.message import Severity
from errorhelp.notifications.delivery import deliver
from errorhelp.notifications.notification import Occasion, example
from errorhelp.notifications.webhook import read_retry_after
from errorhelp.people.people import Person, Role
from errorhelp.service.drafts import Draft
from errorhelp.service.forwarder import Forwarder
from errorhelp.store import StoreUnavailable
from errorhelp.store.forwarding_records import EntryState, QueuedNotification

KEY = b"0123456789abcdefghijklmn"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
ANNA = Person("anna", Role.ADMIN)
OUTAGE = Draft(("erp",), "Ждите", NOON.replace(hour=13), Severity.OUTAGE)


@dataclass
class Forwarding:
    """A desk with a forwarder, whose pauses are the longest that they may be."""

    desk: Desk
    forwarder: Forwarder

    async def report(self, text: str = "no licence", infobase: str = "erp", count: int = 1) -> None:
        for _ in range(count):
            body = json.dumps({"errorText": text}).encode()
            self.desk.intake.take(infobase, body, "application/json", "10.0.0.1")
        await self.desk.intake.write()

    async def go_on(self, **by: float) -> None:
        """Turn the clock, and have everything done that is due then."""
        self.desk.clock.go_on(**by)
        await self.forwarder.work()
        await self.forwarder.settle()

    async def outbox(self) -> list[QueuedNotification]:
        return await self.desk.store.forwarding.entries()


@asynccontextmanager
async def forwarding(folder: Path, *targets: str, settings: str = "") -> AsyncIterator[Forwarding]:
    """With these targets, each the inside of a YAML mapping."""
    forward = ", ".join(f"{{{target}}}" for target in targets)
    whole = f"{{enabled: true, rate_per_address: 100000, forward: [{forward}]{settings}}}"
    async with desk(folder, whole) as served:
        forwarder = Forwarder(served.service, served.store, chance=lambda: 1.0)
        await forwarder.work()
        yield Forwarding(served, forwarder)
        await forwarder.stop()


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Nobody else can write to the database."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        yield
        connection.execute("ROLLBACK")


@pytest.fixture
async def receiver() -> AsyncIterator[Webhook]:
    async with webhook() as served:
        yield served


@pytest.fixture
async def mail() -> AsyncIterator[MailServer]:
    async with mail_server() as served:
        yield served


def occasions(receiver: Webhook) -> list[tuple[str, int]]:
    return [(each["occasion"], each["reports"]) for each in receiver.documents]


@pytest.mark.integration
async def test_a_thousand_reports_of_one_problem_are_one_first_one_digest_and_its_end(
    tmp_path: Path, receiver: Webhook
) -> None:
    async with forwarding(tmp_path, f"id: desk, webhook: '{receiver.url}'") as running:
        await running.report()
        await running.go_on(seconds=1)
        for _ in range(9):
            await running.report(count=111)
            await running.go_on(minutes=1)
        await running.go_on(minutes=10)
        await running.go_on(minutes=30)
        assert occasions(receiver) == [("first", 1), ("digest", 999), ("stopped", 0)]
        assert receiver.documents[0]["title"] == "ERP: не удался вход: no licence"
        assert await running.outbox() == []
        assert (running.forwarder.counters.queued, running.forwarder.counters.delivered) == (3, 3)


@pytest.mark.integration
async def test_while_a_message_explains_the_outage_nothing_is_notified(
    tmp_path: Path, receiver: Webhook
) -> None:
    async with forwarding(tmp_path, f"id: desk, webhook: '{receiver.url}'") as running:
        message = await running.desk.service.post(OUTAGE, ANNA)
        await running.report(count=7)
        await running.report(infobase="crm")
        await running.go_on(minutes=20)
        assert [each["problems"][0]["infobase"] for each in receiver.documents] == ["crm"]
        await running.desk.service.end(message.id, ANNA)
        await running.go_on(seconds=1)
        await running.go_on(minutes=15)
        assert ("digest", 7) in occasions(receiver)


@pytest.mark.integration
async def test_with_quiet_switched_off_a_message_holds_nothing_back(
    tmp_path: Path, receiver: Webhook
) -> None:
    target, settings = f"id: desk, webhook: '{receiver.url}'", ", quiet_while_explained: false"
    async with forwarding(tmp_path, target, settings=settings) as running:
        await running.desk.service.post(OUTAGE, ANNA)
        await running.report()
        await running.go_on(seconds=1)
        assert occasions(receiver) == [("first", 1)]


@pytest.mark.integration
async def test_a_message_that_only_informs_explains_no_outage(tmp_path: Path, receiver: Webhook) -> None:
    async with forwarding(tmp_path, f"id: desk, webhook: '{receiver.url}'") as running:
        await running.desk.service.post(replace(OUTAGE, severity=Severity.INFO), ANNA)
        await running.report()
        await running.go_on(seconds=1)
        assert occasions(receiver) == [("first", 1)]


@pytest.mark.integration
async def test_a_target_that_is_new_is_notified_of_what_comes_and_not_of_what_was(
    tmp_path: Path, receiver: Webhook
) -> None:
    async with forwarding(tmp_path) as running:
        await running.report("old trouble", count=5)
        running.desk.clock.go_on(hours=1)
        reports = f"{{enabled: true, forward: [{{id: desk, webhook: '{receiver.url}'}}]}}"
        await running.desk.service.use(read(tmp_path, CONFIGURATION.format(reports=reports)))
        await running.report("new trouble")
        await running.go_on(seconds=1)
        await running.report("old trouble", count=2)
        await running.go_on(seconds=1)
        assert [each["problems"][0]["title"] for each in receiver.documents] == ["new trouble", "old trouble"]
        assert occasions(receiver) == [("first", 1), ("first", 2)]


@pytest.mark.integration
async def test_a_target_is_notified_of_its_infobases_kinds_and_occasions_only(
    tmp_path: Path, receiver: Webhook
) -> None:
    wanted = f"webhook: '{receiver.url}', language: en"
    async with forwarding(
        tmp_path,
        f"id: crm, targets: crm, occasions: [first], {wanted}",
        f"id: crashes, kinds: crash, {wanted}",
    ) as running:
        await running.report(infobase="erp")
        await running.report(infobase="crm")
        await running.go_on(seconds=1)
        await running.report(infobase="crm")
        await running.go_on(minutes=20)
        await running.go_on(minutes=40)
        assert [each["title"] for each in receiver.documents] == ["CRM: login failed: no licence"]


@pytest.mark.integration
async def test_a_webhook_is_signed_as_standard_webhooks_says(tmp_path: Path, receiver: Webhook) -> None:
    headers = "headers: {Authorization: Bearer t0ken}"
    target = f"id: desk, webhook: '{receiver.url}', secret: {SECRET}, {headers}"
    async with forwarding(tmp_path, target) as running:
        await running.report()
        await running.go_on(seconds=1)
        ((request, body),) = receiver.received
        sent_at = request.headers["webhook-timestamp"]
        assert int(sent_at) == int(running.desk.clock.now.timestamp())
        signed = f"{request.headers['webhook-id']}.{sent_at}.".encode() + body
        expected = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
        assert request.headers["webhook-signature"] == f"v1,{expected}"
        assert request.headers["Idempotency-Key"] == request.headers["webhook-id"]
        assert request.headers["Authorization"] == "Bearer t0ken"
        assert request.content_type == "application/json"
        assert json.loads(body)["type"] == "problem.first"


@pytest.mark.integration
async def test_a_body_is_what_its_template_makes_of_the_notification(
    tmp_path: Path, receiver: Webhook
) -> None:
    body = '{"summary": {{ title | tojson }}, "ids": {{ notification.problems | map(attribute="id") | list | tojson }}}'
    async with forwarding(tmp_path, f"id: desk, webhook: '{receiver.url}', body: '{body}'") as running:
        await running.report('he said "no"')
        await running.go_on(seconds=1)
        (problem,) = await running.desk.store.reports.problems()
        assert json.loads(receiver.received[0][1]) == {
            "summary": 'ERP: не удался вход: he said "no"',
            "ids": [problem.id],
        }


@pytest.mark.integration
async def test_what_fails_is_tried_again_in_its_order_with_the_same_id_and_growing_pauses(
    tmp_path: Path, receiver: Webhook
) -> None:
    receiver.status, receiver.text = 503, "down for repairs"
    async with forwarding(tmp_path, f"id: desk, webhook: '{receiver.url}'") as running:
        await running.report("one")
        await running.go_on(seconds=1)
        await running.report("two")
        pauses = []
        for _ in range(4):
            await running.go_on(seconds=0)
            first, second = await running.outbox()
            assert (second.attempts, first.error) == (
                0,
                "the answer is 503 Service Unavailable: down for repairs",
            )
            pauses.append((first.next_try - running.desk.clock.now).total_seconds())
            running.desk.clock.now = first.next_try
        assert pauses == [6, 11, 21, 41]
        receiver.status = 204
        await running.go_on(seconds=0)
        assert await running.outbox() == []
        ids = [request.headers["webhook-id"] for request, _ in receiver.received]
        assert ids == [ids[0]] * 5 + [ids[-1]]
        assert [each["problems"][0]["title"] for each in receiver.documents[-2:]] == ["one", "two"]


@pytest.mark.integration
async def test_a_target_that_asks_to_wait_is_left_alone_for_so_long(
    tmp_path: Path, receiver: Webhook
) -> None:
    receiver.status, receiver.headers = 429, {"Retry-After": "300"}
    async with forwarding(tmp_path, f"id: desk, webhook: '{receiver.url}'") as running:
        await running.report()
        await running.go_on(seconds=1)
        receiver.status, receiver.headers = 200, {}
        await running.go_on(seconds=299)
        assert len(receiver.received) == 1
        await running.go_on(seconds=2)
        assert len(receiver.received) == 2
        assert await running.outbox() == []


@pytest.mark.integration
async def test_a_target_that_is_gone_or_hangs_holds_up_no_other(tmp_path: Path, receiver: Webhook) -> None:
    async with webhook() as slow:
        slow.hangs = True
        async with forwarding(
            tmp_path,
            f"id: slow, webhook: '{slow.url}'",
            "id: gone, webhook: 'http://127.0.0.1:1/'",
            f"id: desk, webhook: '{receiver.url}'",
        ) as running:
            await running.report()
            await running.forwarder.work()
            await slow.asked.wait()
            await running.report("another")
            while len(receiver.received) < 2:
                await running.forwarder.work()
            assert len(slow.received) == 1
        # It took nothing, so it gets it after the next start.
        slow.hangs = False
        async with forwarding(tmp_path, f"id: slow, webhook: '{slow.url}'") as again:
            await again.go_on(hours=1)
            assert [each["problems"][0]["title"] for each in slow.documents[1:3]] == ["no licence", "another"]
            assert slow.received[0][0].headers["webhook-id"] == slow.received[1][0].headers["webhook-id"]


@pytest.mark.integration
@pytest.mark.parametrize(
    ("status", "headers", "said"),
    [
        (404, {}, "404 Not Found: no such hook"),
        (401, {}, "401 Unauthorized"),
        (302, {"Location": "https://elsewhere.example.com"}, "302 Found"),
    ],
)
async def test_what_no_further_attempt_would_help_is_dead_at_once_and_holds_up_nothing(
    tmp_path: Path, receiver: Webhook, status: int, headers: dict[str, str], said: str
) -> None:
    receiver.status, receiver.headers, receiver.text = status, headers, "no such hook"
    async with forwarding(tmp_path, f"id: desk, webhook: '{receiver.url}'") as running:
        await running.report()
        await running.go_on(seconds=1)
        (dead,) = await running.outbox()
        assert dead.state is EntryState.DEAD
        assert said in dead.error
        receiver.status = 200
        await running.report("another")
        await running.go_on(seconds=1)
        assert [each.id for each in await running.outbox()] == [dead.id]
        await running.desk.store.forwarding.retry(dead.id, running.desk.clock.now)
        await running.go_on(seconds=1)
        assert await running.outbox() == []
        assert running.forwarder.counters.dead == 1


@pytest.mark.integration
async def test_what_fails_for_too_long_is_dead(tmp_path: Path, receiver: Webhook) -> None:
    receiver.status = 500
    target, settings = f"id: desk, webhook: '{receiver.url}'", ", give_up_after: 1h"
    async with forwarding(tmp_path, target, settings=settings) as running:
        await running.report()
        await running.go_on(seconds=1)
        states = []
        for _ in range(3):
            await running.go_on(minutes=29)
            states.append((await running.outbox())[0].state)
        assert states == [EntryState.PENDING, EntryState.PENDING, EntryState.DEAD]


@pytest.mark.integration
async def test_errors_do_not_show_the_secrets_of_a_target(tmp_path: Path, receiver: Webhook) -> None:
    receiver.status = 400
    receiver.text = f"bad token t0ken-of-anna for {receiver.url}, /hooks/s3cretpath"
    headers = "headers: {X-Desk: Bearer t0ken-of-anna}"
    async with forwarding(tmp_path, f"id: desk, webhook: '{receiver.url}', {headers}") as running:
        await running.report()
        await running.go_on(seconds=1)
        (dead,) = await running.outbox()
        assert "400" in dead.error
        assert "t0ken-of-anna" not in dead.error
        assert "s3cretpath" not in dead.error


@pytest.mark.integration
async def test_mail_arrives_through_apprise(tmp_path: Path, mail: MailServer) -> None:
    url = f"mailto://127.0.0.1:{mail.port}?from=errorhelp@example.com&to=desk@example.com"
    async with forwarding(tmp_path, f"id: mail, apprise: '{url}'") as running:
        await running.report("Не найдена лицензия <b>сервера</b>")
        await running.go_on(seconds=1)
        (received,) = mail.mails
        assert received["To"] == "desk@example.com"
        assert received["Subject"] == "ERP: не удался вход: Не найдена лицензия <b>сервера</b>"
        body = received.get_body(("plain", "html"))
        assert body is not None
        assert "errorhelp problem show" in body.get_content()
        assert await running.outbox() == []


@pytest.mark.integration
async def test_mail_says_that_a_program_wrote_it_and_threads_by_problem(
    tmp_path: Path, mail: MailServer
) -> None:
    url = f"mailto://127.0.0.1:{mail.port}?from=errorhelp@example.com&to=desk@example.com,boss@example.com"
    settings = ", stopped_after: 30m, digest: 1h"
    async with forwarding(tmp_path, f"id: mail, apprise: '{url}'", settings=settings) as running:
        await running.report()
        await running.go_on(seconds=1)
        await running.go_on(minutes=31)
        firsts, stops = mail.mails[:2], mail.mails[2:]
        assert {each["To"] for each in firsts} == {each["To"] for each in stops}
        assert len(firsts) == len(stops) == 2
        for each in mail.mails:
            assert each["Auto-Submitted"] == "auto-generated"
            assert each["List-Id"] == "<mail.errorhelp.example.com>"
            assert each["Message-ID"].endswith("@example.com>")
            assert each["References"] == each["In-Reply-To"] == firsts[0]["References"]
        assert len({each["Message-ID"] for each in mail.mails}) == 4


@pytest.mark.integration
async def test_mail_is_of_the_public_host_and_keeps_headers_of_the_address(
    tmp_path: Path, mail: MailServer
) -> None:
    url = f"mailto://127.0.0.1:{mail.port}?from=errorhelp@example.com&to=desk@example.com&+list-id=<ours.example.org>"
    async with forwarding(tmp_path, f"id: mail, apprise: '{url}'") as running:
        target = replace(running.desk.service.loaded.targets["mail"], public_host="help.example.org")
        await deliver(target, "e1", example(Occasion.TEST, NOON), NOON)
    (received,) = mail.mails
    assert received["Message-ID"].endswith("@help.example.org>")
    assert received.get_all("List-Id") == ["<ours.example.org>"]
    assert (received["Auto-Submitted"], received["References"]) == ("auto-generated", None)


@pytest.mark.integration
async def test_mail_that_is_refused_is_tried_again(tmp_path: Path, mail: MailServer) -> None:
    mail.is_refusing = True
    url = f"mailto://127.0.0.1:{mail.port}?from=errorhelp@example.com&to=desk@example.com"
    async with forwarding(tmp_path, f"id: mail, apprise: '{url}'") as running:
        await running.report()
        await running.go_on(seconds=1)
        (entry,) = await running.outbox()
        assert (entry.attempts, entry.state) == (1, EntryState.PENDING)
        assert "desk@example.com" in entry.error
        mail.is_refusing = False
        await running.go_on(minutes=1)
        assert len(mail.mails) == 1
        assert await running.outbox() == []


@pytest.mark.integration
async def test_a_forwarder_goes_on_when_the_store_is_back(tmp_path: Path, receiver: Webhook) -> None:
    async with forwarding(tmp_path, f"id: desk, webhook: '{receiver.url}'") as running:
        await running.report()
        database = tmp_path / "errorhelp.sqlite"
        with locked(database), pytest.raises(StoreUnavailable):
            await running.go_on(seconds=1)
        assert receiver.received == []
        await running.go_on(seconds=1)
        assert occasions(receiver) == [("first", 1)]


async def test_without_targets_nothing_is_remembered(tmp_path: Path) -> None:
    async with forwarding(tmp_path) as running:
        await running.report()
        await running.go_on(hours=1)
        assert await running.outbox() == []


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("99999999999", 3600),
        ("Sat, 21 Nov 2026 12:02:00 GMT", 120),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0),
        ("", None),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str, seconds: int | None) -> None:
    wait = read_retry_after(value, NOON)
    assert (None if wait is None else wait.total_seconds()) == seconds


@pytest.mark.integration
async def test_what_was_delivered_is_not_delivered_again_while_the_store_cannot_be_written(
    tmp_path: Path, receiver: Webhook
) -> None:
    async with forwarding(tmp_path, f"id: desk, webhook: '{receiver.url}'") as running:
        receiver.status = 500
        await running.report()
        await running.go_on(seconds=1)
        receiver.status = 200
        database = tmp_path / "errorhelp.sqlite"
        with closing(sqlite3.connect(database, isolation_level=None, check_same_thread=False)) as other:
            # In a thread: the service may be in the middle of a transaction.
            await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
            for _ in range(3):
                await running.go_on(minutes=4)
        assert len(receiver.documents) == 2
        await running.go_on(seconds=1)
        assert len(receiver.documents) == 2
        assert await running.outbox() == []


@pytest.mark.integration
async def test_what_waits_goes_to_the_address_that_a_target_has_by_now(
    tmp_path: Path, receiver: Webhook
) -> None:
    async with forwarding(tmp_path, "id: desk, webhook: 'http://127.0.0.1:9/'") as running:
        await running.report()
        await running.go_on(seconds=1)
        assert len(await running.outbox()) == 1
        reports = f"{{enabled: true, forward: [{{id: desk, webhook: '{receiver.url}'}}]}}"
        await running.desk.service.use(read(tmp_path, CONFIGURATION.format(reports=reports)))
        await running.go_on(minutes=5)
        assert occasions(receiver) == [("first", 1)]
