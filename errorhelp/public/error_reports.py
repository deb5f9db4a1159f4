"""The platform's error-report service: `/reports/{infobase}/getInfo` and `…/pushReport`.

The protocol is in docs/en/1c-formats.md#error-reports.
"""

import json
import re

from aiohttp.web import BaseRequest
from multidict import CIMultiDictProxy

from errorhelp.answers.answer import Answer, answer
from errorhelp.answers.help_answers import CONTENT_TYPE, read_path
from errorhelp.answers.snapshot import Snapshot
from errorhelp.formats import problem_detail
from errorhelp.formats.user_agent import is_doctor
from errorhelp.people.proxies import TrustedProxies
from errorhelp.public import error_answers
from errorhelp.public.request_bodies import HelpRequest, read_body
from errorhelp.public.uploads import TooManyUploads, UploadLimits, Uploads
from errorhelp.reports.report_reading import Unreadable
from errorhelp.service.report_intake import Intake, ReportsOff, Take, TooManyReports
from errorhelp.store import StoreUnavailable

_PATH = re.compile(r"/reports/(?P<infobase>[^/]+)/(?P<call>getInfo|pushReport)/?")
_BODY_SECONDS = 5.0
_RETRY_AFTER = b"Retry-After: 30\r\n"
_AT_ONCE_OVER = 0.0
_MIB = 1024 * 1024
_UPLOAD_LIMITS = UploadLimits()


class ErrorReports:
    """Answers the platform, and hands an intake what comes there and to help addresses."""

    def __init__(
        self, intake: Intake, proxies: TrustedProxies, uploads: UploadLimits = _UPLOAD_LIMITS
    ) -> None:
        self._intake = intake
        self._proxies = proxies
        self._uploads = Uploads(uploads)

    @staticmethod
    def is_address(path: str) -> bool:
        """Whether the platform asks there."""
        return _PATH.fullmatch(path) is not None

    def observe(self, request: HelpRequest) -> None:
        """Take in what was posted to a help address, but for what `errorhelp doctor` posts to see an answer."""
        take = self.taker(request.path, request.headers)
        if take is not None:
            take(request.body, request.peer, self._intake.now())

    def taker(self, path: str, headers: CIMultiDictProxy[str]) -> Take | None:
        """What takes in bodies that are posted there with these headers; None: they are dropped.

        It is given the peer's address, and is right as long as catalog and settings stay the same.
        """
        address = read_path(path)
        if address is None or is_doctor(headers.get("User-Agent", "")):
            return None
        take = self._intake.taker(address[1], headers.get("Content-Type", ""))
        if not self._proxies.networks:
            return take
        client = self._proxies.client
        return lambda body, peer, now: take(body, client(peer, headers), now)

    async def answer(
        self, request: BaseRequest, path: str, snapshot: Snapshot, now: float
    ) -> tuple[Answer, bool]:
        """The answer at `now` (Unix seconds), and whether the body was read to its end."""
        match = _PATH.fullmatch(path)
        infobase = snapshot.catalog.infobase(match["infobase"]) if match else None
        if match is None or infobase is None:
            self._intake.counters.unknown_infobase += 1
            return error_answers.problem_answer(
                problem_detail.UNKNOWN_INFOBASE, "Look at the address once more."
            ), False
        if request.method != "POST":
            return error_answers.method_not_allowed(("POST",)), True
        client = self._proxies.client(request.remote or "", request.headers)
        try:
            if match["call"] == "getInfo":
                return await self._get_info(request, snapshot, infobase.id, client, now), True
            return await self._push_report(request, infobase.id, client), True
        except (TooManyReports, TooManyUploads) as error:
            return error_answers.problem_answer(
                problem_detail.TOO_MANY_REPORTS, f"{error}.", headers=_RETRY_AFTER
            ), False
        except ReportsOff:
            return error_answers.problem_answer(
                problem_detail.REPORTS_OFF, "Set reports.enabled to take them in."
            ), False
        except TooLarge as error:
            return self._refused(problem_detail.TOO_LARGE, str(error)), False
        except Unreadable as error:
            return self._refused(problem_detail.BAD_REPORT, f"{error}."), True
        except StoreUnavailable:
            detail = "The database cannot be written now; send it again later."
            return error_answers.problem_answer(
                problem_detail.REPORTS_UNAVAILABLE, detail, headers=_RETRY_AFTER
            ), True

    async def _get_info(
        self, request: BaseRequest, snapshot: Snapshot, infobase_id: str, client: str, now: float
    ) -> Answer:
        body = await read_body(request, _BODY_SECONDS)
        if body is None:
            raise TooLarge("It is larger than 64 KiB, or did not come whole.")
        document = {
            "needSendReport": await self._intake.get_info(infobase_id, body, client),
            "userMessage": _user_message(snapshot, infobase_id, now),
            "dumpType": self._intake.settings.dump_type,
        }
        return answer(problem_detail.to_json(document), CONTENT_TYPE, valid_until=_AT_ONCE_OVER)

    async def _push_report(self, request: BaseRequest, infobase_id: str, client: str) -> Answer:
        self._intake.check_push(client)
        largest = self._intake.settings.largest
        async with self._uploads.receiving(request, client, largest * _MIB) as body:
            if body is None:
                raise TooLarge(
                    f"It is larger than {largest} MiB, came too slowly or did not come whole within a minute."
                )
            await self._intake.push(infobase_id, body, request.headers.get("Content-Type", ""), client)
        return answer(b"", "text/plain; charset=utf-8", valid_until=_AT_ONCE_OVER)

    def _refused(self, kind: problem_detail.ProblemDetail, detail: str) -> Answer:
        self._intake.counters.refused += 1
        return error_answers.problem_answer(kind, detail)


class TooLarge(ValueError):
    """A body that was not read to its end."""


def _user_message(snapshot: Snapshot, infobase_id: str, now: float) -> str:
    """The current message, in the infobase's language, as the help JSON has it."""
    found = snapshot.find(f"/help/{infobase_id}.json", now)
    document = json.loads(found.body) if found else {}
    return str(document.get(snapshot.catalog.help_json.user_message, ""))
