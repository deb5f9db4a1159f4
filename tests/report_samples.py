"""Reports for tests: a service with an intake that takes them, zips as the platform pushes them."""

import io
import json
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from configurations import read

from errorhelp.service.report_intake import Intake
from errorhelp.service.service import Service
from errorhelp.store.sql import Store
from errorhelp.store.sqlite import SqliteStore

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)

CONFIGURATION = """
languages: [ru, en]
help: {{text: {{ru: Звоните 112, en: Call 112}}}}
infobases:
  - {{id: erp, aliases: erp_old, name: ERP, connect: {{server: srv, ref: ERP}}}}
  - {{id: crm, name: CRM, connect: {{server: srv, ref: CRM}}, language: en}}
reports: {reports}
"""

# As docs/en/1c-formats.md#getinfo and #pushreport have it.
GET_INFO = {
    "appName": "1CV8C",
    "appVersion": "8.3.27.1508",
    "platformType": "Windows_x86_64",
    "configName": "ERP",
    "configVersion": "2.5.17",
    "configHash": "0e1d",
    "appStackHash": "a1b2c3",
    "clientStackHash": "",
    "errorCategories": ["ConfigurationError"],
    "clientID": "11111111-2222-4333-8444-555555555555",
    "reportID": "99999999-2222-4333-8444-555555555555",
    "systemCrash": "false",
}
REPORT: dict[str, Any] = {
    "time": "2026-11-21T12:00:00",
    "id": "99999999-2222-4333-8444-555555555555",
    "configInfo": {"name": "ERP", "version": "2.5.17"},
    "clientInfo": {"appName": "1CV8C", "appVersion": "8.3.27.1508", "systemInfo": {"os": "Windows"}},
    "sessionInfo": {"userName": "Иванова Анна"},
    "errorInfo": {
        "applicationErrorInfo": {
            "errors": [["Деление на 0", ["ExceptionRaisedFromScript"]]],
            "stack": "ОбщийМодуль.Расчёт.Модуль : 12 : Сумма = А / Б;",
        },
        "systemErrorInfo": {},
        "userDescription": "Нажала кнопку",
    },
    "additionalInfo": "",
    "screenshot": {"file": "screenshot.png"},
}
PICTURE = b"\x89PNG\r\n\x1a\n" + b"picture"


def zipped(report: object = REPORT, **more: bytes) -> bytes:
    """A pushed zip: `report.json` (bytes as they are) and further entries, `_` in their names for `.`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report.json", report if isinstance(report, bytes) else json.dumps(report))
        for name, content in more.items():
            archive.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


@dataclass
class Clock:
    """Stands still until somebody turns it."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Desk:
    """An intake over a service and a store; `write` has what was taken in written."""

    service: Service
    store: Store
    intake: Intake
    clock: Clock = field(default_factory=Clock)


@asynccontextmanager
async def desk(folder: Path, settings: str = "{enabled: true}") -> AsyncIterator[Desk]:
    """A service on a new database in the folder; `settings` are those of reports."""
    clock = Clock()
    store = SqliteStore(folder / "errorhelp.sqlite", busy_seconds=0.05)
    service = Service(read(folder, CONFIGURATION.format(reports=settings)), store, clock)
    await service.start()
    intake = Intake(service, store)
    intake.start()
    try:
        yield Desk(service, store, intake, clock)
    finally:
        await intake.stop()
        await service.stop()
