"""The offline page and its service worker: what a browser shows when the 1C web server does not answer."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from json import loads
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup
from yarl import URL

from errorhelp.answers.answer import Answer, answer
from errorhelp.answers.help_answers import help_url
from errorhelp.answers.html_page import (
    CONTENT_TYPE,
    TIMES_SCRIPT,
    csp_hash,
    icon_url,
    logo_url,
    policy_header,
)
from errorhelp.answers.public_language import Language
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.infobase import Infobase
from errorhelp.messages.board import Board
from errorhelp.system.shipped_files import shipped
from errorhelp.text.links import linked
from errorhelp.text.texts import choose, chosen_language, readable
from errorhelp.text.translations import translations_in_turn

_PATH = re.compile(r"/offline/([^/]+)/(index\.html|sw\.js|register\.js)?")
_SOURCES = shipped("service-worker")
_SCRIPT_TYPE = "text/javascript; charset=utf-8"
# A worker may look after what lies above its own address: the publication.
_WORKER_ALLOWED = b"Service-Worker-Allowed: /\r\n"
_SETTINGS = "/* filled in */ null"


def _source(name: str) -> str:
    return (_SOURCES / name).read_text("utf-8")


_JSON: Mapping[str, Any] = {"ensure_ascii": False, "separators": (",", ":")}
_WORKER_SOURCE = _source("sw.js")
_REGISTRATION_SOURCE = _source("register.js")
_STYLE = _source("offline.css")
_SCRIPT = "\n".join(('"use strict";\n', _source("links.js"), TIMES_SCRIPT, _source("offline.js")))
_TEXTS: Mapping[str, str | Mapping[str, str]] = loads(_source("texts.json"))
_POLICY = (
    f"default-src 'none'; script-src {csp_hash(_SCRIPT)}; style-src {csp_hash(_STYLE)}; "
    "img-src data:; base-uri 'none'; form-action 'none'; connect-src 'self'"
)
_ENVIRONMENT = Environment(loader=FileSystemLoader(_SOURCES), autoescape=True, undefined=StrictUndefined)
_ENVIRONMENT.policies["json.dumps_kwargs"] = _JSON
_ENVIRONMENT.filters["linked"] = linked
_TEMPLATE = _ENVIRONMENT.get_template("offline.html")


def paths(catalog: Catalog) -> Iterator[str]:
    """The path of every file; the page is also at the path of its folder."""
    for infobase in catalog.infobases.values():
        for any_id in (infobase.id, *infobase.aliases):
            for name in ("index.html", "sw.js", "register.js"):
                yield f"/offline/{any_id}/{name}"


def page(catalog: Catalog, board: Board, path: str, now: datetime) -> Answer | None:
    """The file at a path, None for a path that is no such file."""
    match = _PATH.fullmatch(path)
    infobase = catalog.infobase(match[1]) if match else None
    if match is None or infobase is None:
        return None
    match match[2]:
        case "sw.js":
            return answer(_worker(catalog, infobase), _SCRIPT_TYPE, headers=_WORKER_ALLOWED)
        case "register.js":
            return answer(_registration(catalog, infobase), _SCRIPT_TYPE)
        case _:
            return answer(_page(catalog, infobase), CONTENT_TYPE, headers=policy_header(_policy(catalog)))


def _page(catalog: Catalog, infobase: Infobase) -> bytes:
    name = readable(infobase.name)
    language = catalog.language_of(infobase)
    languages = {code: Language.of(catalog, code) for code in catalog.languages}
    texts = {code: _texts(each.turn) for code, each in languages.items()}
    help_by_language = _help(catalog, infobase)
    organisation = {code: each.text(catalog.organisation.name) for code, each in languages.items()}
    data = {
        "id": infobase.id,
        "name": name,
        "publication": infobase.publications[0].url if infobase.publications else "",
        "languages": catalog.languages,
        "language": language,
        "interfaces": {code: each.interface for code, each in languages.items()},
        "organisation": organisation,
        "help": help_by_language,
        "service": _service_addresses(catalog, infobase),
        "names": asdict(catalog.help_json),
        "timeFormat": catalog.help_json.time_format,
        "zone": str(catalog.zone),
        "timeout": _milliseconds(catalog.offline.timeout),
        "reports": catalog.offline.reports,
        "longestPause": _milliseconds(catalog.offline.longest_pause),
        "texts": texts,
        "times": {code: each.time_words for code, each in languages.items()},
    }
    html = _TEMPLATE.render(
        csp=_policy(catalog),
        style=Markup(_STYLE),  # noqa: S704 - ours
        script=Markup(_SCRIPT),  # noqa: S704 - ours
        language=language,
        interface=languages[language].interface,
        texts=texts[language],
        title=texts[language]["title"].replace("{name}", name),
        help=help_by_language[language],
        organisation=organisation[language],
        logo=logo_url(catalog.organisation),
        icon=icon_url(),
        data=data,
    )
    return html.encode("utf-8", "replace")


@lru_cache(maxsize=100)
def _texts(turn: tuple[str, ...]) -> Mapping[str, Any]:
    """Our own words, by name; names of severities by severity."""
    translate = translations_in_turn("public", turn).gettext
    return {
        name: translate(text)
        if isinstance(text, str)
        else {severity: translate(each) for severity, each in text.items()}
        for name, text in _TEXTS.items()
    }


def _worker(catalog: Catalog, infobase: Infobase) -> bytes:
    settings = {
        "publications": _guarded(catalog, infobase),
        "help": _service_addresses(catalog, infobase),
        "timeout": _milliseconds(catalog.offline.timeout),
        "text": _plain(catalog, infobase),
    }
    digest = blake2b(_page(catalog, infobase), digest_size=8)
    digest.update(_filled_in(_WORKER_SOURCE, settings))
    return _filled_in(_WORKER_SOURCE, {"version": digest.hexdigest(), **settings})


def _registration(catalog: Catalog, infobase: Infobase) -> bytes:
    return _filled_in(_REGISTRATION_SOURCE, {"publications": _guarded(catalog, infobase)})


def _filled_in(source: str, settings: Mapping[str, object]) -> bytes:
    return source.replace(_SETTINGS, htmlsafe_json_dumps(settings, **_JSON), 1).encode("utf-8", "replace")


def _guarded(catalog: Catalog, infobase: Infobase) -> list[str]:
    """The publications where the worker is wanted."""
    if not catalog.offline.workers:
        return []
    return [publication.url for publication in infobase.publications if publication.worker]


def _help(catalog: Catalog, infobase: Infobase) -> dict[str, dict[str, str]]:
    """Help text and URL in each language."""
    inherited = catalog.inherited_help(infobase)
    return {
        language: {
            "text": readable(choose(inherited.text, language, catalog.languages)),
            "language": chosen_language(inherited.text, language, catalog.languages),
            "url": help_url(inherited.url, infobase.id, language),
        }
        for language in catalog.languages
    }


def _plain(catalog: Catalog, infobase: Infobase) -> str:
    """The most needed in all languages, for a worker that lost its page."""
    texts = (each["text"] for each in _help(catalog, infobase).values())
    return "\n\n".join((infobase.name, *dict.fromkeys(texts)))


def _service_addresses(catalog: Catalog, infobase: Infobase) -> dict[str, str]:
    """Where to ask for help JSON, by language."""
    base = catalog.public_url
    return {language: f"{base}/help/{language}/{infobase.id}.json" for language in catalog.languages}


def _policy(catalog: Catalog) -> str:
    """The Content-Security-Policy of the page: it may ask its own host and the service address."""
    service = f" {URL(catalog.public_url).origin()}" if catalog.public_url else ""
    return _POLICY + service


def _milliseconds(duration: timedelta) -> int:
    return int(duration.total_seconds() * 1000)
