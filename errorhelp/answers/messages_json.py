"""The situation as JSON, for programs."""

from collections.abc import Iterable

from errorhelp.answers.public_language import Language
from errorhelp.answers.situation import Situation
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.formats.help_json import time_value
from errorhelp.formats.problem_detail import to_json
from errorhelp.messages.message import Message


def messages_json(catalog: Catalog, situation: Situation, language: Language) -> bytes:
    """Messages shown and planned, and every infobase with the messages about it; times as in RFC 3339."""
    about: dict[str, list[Message]] = {}
    for message in situation.shown:
        for infobase in catalog.meant_by(message.targets):
            about.setdefault(infobase.id, []).append(message)
    messages = {
        "messages": _messages(situation.shown, catalog, language),
        "planned": _messages(situation.planned, catalog, language),
    }
    # One at a time: a thousand times as many at once would let no other thread run.
    infobases = b",".join(
        to_json(_infobase(each, about.get(each.id, []))) for each in catalog.infobases.values()
    )
    return b'%s,"infobases":[%s]}' % (to_json(messages).removesuffix(b"}"), infobases)


def _infobase(infobase: Infobase, about: list[Message]) -> dict[str, object]:
    return {
        "id": infobase.id,
        "name": infobase.name,
        "folder": infobase.folder,
        "severity": about[0].severity.value if about else None,
        "messages": [each.id for each in about],
    }


def _messages(messages: Iterable[Message], catalog: Catalog, language: Language) -> list[dict[str, object]]:
    return [
        {
            "id": message.id,
            "severity": message.severity.value,
            "text": language.message(message, catalog),
            "updates": [
                {
                    "text": language.message(message, catalog, None, each),
                    "at": time_value(each.at, language.zone, "iso"),
                }
                for each in message.updates
            ],
            "firstText": language.message(message, catalog, None, message) if message.updates else None,
            "targets": message.targets,
            "startsAt": time_value(message.starts_at, language.zone, "iso"),
            "endsAt": time_value(message.shown_until, language.zone, "iso"),
        }
        for message in messages
    ]
