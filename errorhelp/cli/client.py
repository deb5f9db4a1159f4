"""Talking to the admin API of a running service."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

FAILED = 1
BAD_INPUT = 2
NOT_FOUND = 4
UNREACHABLE = 5
"""Exit codes: what was asked failed, was wrong, is about something that is not there, or no service answered."""
BROKEN, NO_ANSWER, ASKED_WRONGLY = 1, 2, 3
"""Those of `errorhelp status`, as monitoring programs know them: warning, critical, unknown."""

_WHERE_TOKENS_ARE = (
    "The service's own is in the file `token` of its state directory; errorhelp token make makes others."
)
_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_WHERE_IDS_ARE = "errorhelp infobase list shows the ids of infobases and their folders."


class CommandFailed(Exception):
    """A command that cannot do what it was asked; the text says why and what to do.

    `details` are for programs, as JSON values: `problem` is what the API said (RFC 9457).
    """

    def __init__(self, text: str, exit_code: int = FAILED, **details: Any) -> None:
        super().__init__(text)
        self.exit_code = exit_code
        self.details = details


class NotRunning(CommandFailed):
    """No service answers."""

    def __init__(self, text: str) -> None:
        super().__init__(text, UNREACHABLE)


class NotThere(CommandFailed):
    """The service has nothing with the id that was named."""

    def __init__(self, text: str, **details: Any) -> None:
        super().__init__(text, NOT_FOUND, **details)


Answer = tuple[int, bytes]
"""Its status and its body."""


def _here(ask: Callable[[], Answer]) -> Answer:
    return ask()


@dataclass(frozen=True, slots=True)
class Client:
    """The API at `server`, an address without a slash at its end; `run` asks it and waits for the answer.

    `patience` is for how many seconds.
    """

    server: str
    token: str
    run: Callable[[Callable[[], Answer]], Answer] = _here
    patience: float = 30

    def get(self, path: str, **query: str | list[str]) -> Any:
        """The JSON at a path below `/api/v1/`."""
        return self._ask("GET", f"{path}?{urlencode(query, doseq=True)}" if query else path)

    def all(self, path: str, name: str, **query: str | list[str]) -> list[dict[str, Any]]:
        """What all pages of a list have under `name`; an older service has one page."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, **query, **cursor)
            found += page[name]
            if not page.get("next"):
                return found
            cursor = {"cursor": page["next"]}

    def post(self, path: str, body: object = None) -> Any:
        """What the API answers to a POST."""
        return self._ask("POST", path, body)

    def put(self, path: str, body: object, revision: int) -> Any:
        """What the API answers to a PUT that was made from a revision."""
        return self._ask("PUT", path, body, {"If-Match": f'"{revision}"'})

    def delete(self, path: str) -> Any:
        """What the API answers to a DELETE."""
        return self._ask("DELETE", path)

    def clock(self) -> "tuple[datetime, ZoneInfo]":
        """The service's time and zone, in which times are typed."""
        from zoneinfo import ZoneInfo

        from errorhelp.text.times import parse_instant

        status = self.get("status")
        return parse_instant(status["time"]), ZoneInfo(status["time_zone"])

    def _ask(self, method: str, path: str, body: object = None, more: Mapping[str, str] = _NO_HEADERS) -> Any:
        from errorhelp.doctor.http_request import Unanswered, request

        headers, data = {"Authorization": f"Bearer {self.token}", **more}, None
        if body is not None:
            headers["Content-Type"], data = "application/json", json.dumps(body).encode()
        url = f"{self.server}/api/v1/{path}"
        try:
            status, content = self.run(lambda: request(method, url, headers, data, self.patience))
            document = json.loads(content)
        except Unanswered as error:
            raise NotRunning(
                f"no errorhelp answers at {self.server} ({error}); "
                "is it running (errorhelp serve), and is --server its admin listener?"
            ) from None
        except ValueError:
            raise NotRunning(
                f"what answers at {self.server} is no errorhelp; is --server its admin listener?"
            ) from None
        if status == 401:
            raise CommandFailed(f"{_error_text(document)} {_WHERE_TOKENS_ARE}", BAD_INPUT, problem=document)
        if status == 404:
            from errorhelp.public.error_answers import NOT_FOUND

            if document == json.loads(NOT_FOUND.body):
                raise CommandFailed(
                    f"{self.server} is the public address; --server wants the admin listener's", BAD_INPUT
                )
            raise NotThere(_error_text(document), problem=document)
        if status >= 400:
            raise CommandFailed(
                _error_text(document), BAD_INPUT if status < 500 else FAILED, problem=document
            )
        return document


def connect(state: Path, server: str | None, token: str | None) -> Client:
    """The service meant by `--server` and `--token`, or the one that runs on this machine."""
    from errorhelp.system.state_directory import StateDirectory

    directory = StateDirectory(state)
    if server is None:
        addresses = directory.addresses()
        if addresses is None:
            raise NotRunning(
                f"no service has left its address in {state}; start it (errorhelp serve), "
                "or name it with --server, or its state directory with --state"
            )
        server = addresses.admin
    if token is None:
        try:
            token = directory.token_file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is damaged"
            raise CommandFailed(
                f"the token in {directory.token_file} cannot be read ({reason}); "
                "give one with --token or ERRORHELP_TOKEN, or run this as the service's user"
            ) from None
    return Client(server.rstrip("/"), token)


def _error_text(problem: dict[str, Any]) -> str:
    """A problem document (RFC 9457) in one line, each wrong field on a line of its own."""
    text = str(problem.get("detail") or problem.get("title") or problem)
    errors = problem.get("errors") or []
    hints = [_WHERE_IDS_ARE] if any(each["field"] == "targets" for each in errors) else []
    return "\n  ".join([text, *(f"{each['field']}: {each['message']}" for each in errors), *hints])
