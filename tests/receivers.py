"""Support desks for tests: a web server that takes webhooks, and one that takes mail."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Webhook:
    """A web server that answers with `status` and `headers`, or not at all while it `hangs`."""

    url: str = ""
    status: int = 200
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    received: list[tuple[web.Request, bytes]] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.Response:
        self.received.append((request, await request.read()))
        self.asked.set()
        if self.hangs:
            await asyncio.Event().wait()
        return web.Response(status=self.status, text=self.text, headers=self.headers)

    @property
    def documents(self) -> list[dict[str, Any]]:
        """What was received, as the standard body has it."""
        return [json.loads(body)["data"] for _, body in self.received]


@asynccontextmanager
async def webhook() -> AsyncIterator[Webhook]:
    """A web server on a free port."""
    served = Webhook()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", served.answer)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hooks/s3cretpath"
    yield served
    await runner.cleanup()


@dataclass
class MailServer:
    """An SMTP server that keeps what it took, or refuses everything while `is_refusing`."""

    port: int = 0
    is_refusing: bool = False
    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.is_refusing:
            return "451 try again later"
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        return "250 OK"


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    """An SMTP server on a free port."""
    served, loop = MailServer(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(served, loop=loop), "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    yield served
    server.close()
    await server.wait_closed()
