"""A running admin listener for tests, whose every answer is held against its OpenAPI document."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from jsonschema import Draft202012Validator, FormatChecker

from errorhelp.admin.access.authorization import FileToken
from errorhelp.admin.admin_listener import AdminListener
from errorhelp.admin.service_metrics import of_service
from errorhelp.config import load
from errorhelp.publishing.publisher import Publisher
from errorhelp.service.reloader import Reloader
from errorhelp.service.service import Service
from errorhelp.store.sql import Store
from errorhelp.store.sqlite import SqliteStore
from errorhelp.system.state_directory import StateDirectory

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TOKEN = "a token that is long enough"
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}

CONFIGURATION = """
time_zone: Europe/Moscow
languages: [ru, en]
public: {url: https://help.example.com}
help:
  text: {ru: Звоните 112, en: Call 112}
  url: https://help.example.com/{language}/{infobase}
folders:
  - {path: /Finance, help: {text: {ru: Звоните в бухгалтерию, en: Call finance}}}
infobases:
  - {id: erp, aliases: erp_old, name: ERP, connect: {server: srv, ref: ERP}, folder: /Finance}
  - {id: payroll, name: Payroll, connect: {server: srv, ref: PAY}, folder: /Finance/Payroll, language: en}
  - {id: crm, name: CRM, connect: {server: srv, ref: CRM}}
lists:
  - {id: office, folders: /}
"""


@dataclass
class SettableClock:
    """A clock that a test moves."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass(frozen=True)
class Answer:
    """What the API answered; `document` is its JSON, None for a HEAD."""

    status: int
    headers: Mapping[str, str]
    document: Any


@dataclass
class AdminApi:
    """A client of a listener over a service, with the clock and the files that the service goes by."""

    service: Service
    store: Store
    clock: SettableClock
    configuration: Path
    database: Path
    listener: AdminListener
    http: ClientSession
    openapi: dict[str, Any]

    @property
    def url(self) -> str:
        return self.listener.url

    async def ask(
        self, method: str, path: str, *, headers: Mapping[str, str] = AUTHORIZED, **options: Any
    ) -> Answer:
        """The answer, after a look whether it is one that the OpenAPI document announces."""
        async with self.http.request(method, self.url + path, headers=headers, **options) as response:
            document = await response.json(content_type=None) if method != "HEAD" else None
            answer = Answer(response.status, response.headers, document)
        if method != "HEAD":
            check_announced(self.openapi, method, path, answer)
        return answer

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.ask("GET", path, **options)

    async def post(self, path: str, body: object = None, **options: Any) -> Answer:
        return await self.ask("POST", path, json=body, **options)

    async def put(self, path: str, body: object, if_match: str) -> Answer:
        return await self.ask("PUT", path, json=body, headers=AUTHORIZED | {"If-Match": if_match})

    async def posted(self, **values: object) -> dict[str, Any]:
        """A message that was posted, about erp and for an hour unless said otherwise."""
        end = {} if "ends_at" in values else {"duration": "1h"}
        answer = await self.post("/api/v1/messages", {"targets": ["erp"], "text": "Ждите"} | end | values)
        assert answer.status == 201, answer.document
        return dict(answer.document)

    async def ids(self, **query: object) -> list[str]:
        """The ids of the messages that a query lists."""
        answer = await self.get("/api/v1/messages", params=query)
        return [message["id"] for message in answer.document["messages"]]


@asynccontextmanager
async def admin_api(
    folder: Path,
    *,
    admin: str = "",
    reports: str = "",
    reload: Any = None,
    more: str = "",
    tree: Path | None = None,
    patience: float = 30,
    port: int = 0,
    store: Store | None = None,
    **bounds: Any,
) -> AsyncIterator[AdminApi]:
    """A service on a new database in the folder, or on a `store`, its listener and a client.

    `admin` and `reports` are settings of those names, `more` are others. With a `tree` the service publishes there, and
    answers wait for it up to `patience` seconds. `bounds` are those of the listener's connections.
    """
    clock, configuration, database = SettableClock(), folder / "errorhelp.yaml", folder / "errorhelp.db"
    publish = "" if tree is None else f"publish: {tree}\n"
    settings = f"admin: {{{admin}}}\nreports: {{{reports}}}\n{publish}{more}"
    configuration.write_text(CONFIGURATION + settings, "utf-8")
    store = store or SqliteStore(database, busy_seconds=0.05)
    service = Service(load(configuration), store, clock)
    reload = reload or Reloader(service, configuration).reload
    publisher = Publisher(service, StateDirectory(folder), patience=patience)
    listener = AdminListener(
        service,
        FileToken(TOKEN),
        reload,
        publisher if tree else None,
        metrics=lambda: of_service(service),
        **bounds,
    )
    await service.start()
    publishing = asyncio.create_task(publisher.run())
    while tree is not None and publisher.status.published_at is None:
        await asyncio.sleep(0.005)
    await listener.start("127.0.0.1", port)
    async with ClientSession() as http:
        yield AdminApi(
            service, store, clock, configuration, database, listener, http, await _document(http, listener)
        )
    await listener.stop()
    publishing.cancel()
    await asyncio.wait([publishing])
    await service.stop()


# It is the same of every listener, and takes long to make.
_documents: list[dict[str, Any]] = []


async def _document(http: ClientSession, listener: AdminListener) -> dict[str, Any]:
    """The OpenAPI document, as a listener gave it once."""
    if not _documents:
        async with http.get(listener.url + "/api/v1/openapi.json") as response:
            _documents.append(await response.json())
    return _documents[0]


def check_announced(openapi: dict[str, Any], method: str, path: str, answer: Answer) -> None:
    """Whether the document has the answer's status for the route, and a schema and headers that it fits."""
    if answer.status >= 400:
        assert answer.headers["Content-Type"].startswith("application/problem+json")
        assert answer.document["status"] == answer.status
        _check_schema(openapi, {"$ref": "#/components/schemas/Problem"}, answer.document)
    route = path.partition("?")[0]
    for template, operations in openapi["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), route) and method.lower() in operations:
            response = operations[method.lower()]["responses"][str(answer.status)]
            for content in response.get("content", {}).values():
                _check_schema(openapi, content["schema"], answer.document)
            needed = {name for name, each in response.get("headers", {}).items() if each["required"]}
            assert needed <= answer.headers.keys()


def _check_schema(openapi: dict[str, Any], schema: dict[str, Any], document: object) -> None:
    whole = {"components": openapi["components"]} | schema
    Draft202012Validator(whole, format_checker=FormatChecker(["date-time"])).validate(document)
