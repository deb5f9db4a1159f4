"""Write: a message from its targets to its texts, seen as users will see it before it is posted."""

import json
import time
from collections import OrderedDict
from dataclasses import asdict, replace
from hashlib import blake2b
from typing import Any

from aiohttp import hdrs, web
from multidict import MultiMapping

from errorhelp.admin.pages.draft_preview import Drafting, lock
from errorhelp.admin.pages.infobase_tree import (
    MOST_AT_ONCE,
    choices,
    chosen,
    folder_choice,
    infobase_choice,
    matching,
    searched,
    servers,
    tree,
    writable,
)
from errorhelp.admin.pages.page_rendering import Renderer, language_of, person
from errorhelp.admin.pages.page_routes import Form, PageRoute, read_form, see, start_of
from errorhelp.admin.pages.previews import DialogPreview, offline_page, preview
from errorhelp.admin.pages.shown_already import shown_already
from errorhelp.admin.pages.write_form import (
    DURATIONS,
    FormError,
    MessageForm,
    in_languages,
    means_too_much,
    value_names,
)
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.message_texts import message_text
from errorhelp.catalog.names import EVERYTHING, ROOT, SERVER
from errorhelp.formats.shells import Shell
from errorhelp.messages.message import Message, Severity
from errorhelp.people.people import Person, Role, check_may_write, may_write
from errorhelp.service.drafts import InvalidDraft
from errorhelp.service.service import Service
from errorhelp.store import StaleRevision
from errorhelp.system.worker_thread import in_thread
from errorhelp.text.wording_hints import hints

_MOST_PAGES = 20
# More infobases than these are chosen from by searching on the server.
_WHOLE_TREE = 200
# The page's own policy stays; this one keeps it from asking anybody, and from being framed elsewhere.
_FRAME_HEADERS = {
    "Content-Security-Policy": (
        "connect-src 'none'; form-action 'none'; frame-ancestors 'self'; base-uri 'none'"
    ),
    hdrs.CACHE_CONTROL: "no-store",
}


class WritePage:
    """The form for new messages, and for messages that are changed."""

    def __init__(self, service: Service, renderer: Renderer) -> None:
        self._service = service
        self._renderer = renderer
        # The offline pages of the last drafts, each to be fetched by the frame of its preview.
        self._offline_pages: OrderedDict[str, bytes] = OrderedDict()

    @property
    def routes(self) -> tuple[PageRoute, ...]:
        return (
            PageRoute("GET", "/write", self.get_new, Role.EDITOR),
            PageRoute("POST", "/write", self.post_new, Role.EDITOR),
            PageRoute("GET", "/write/targets", self.get_targets, Role.EDITOR),
            PageRoute("POST", "/write/preview", self.see_preview, Role.EDITOR),
            PageRoute("GET", "/write/offline/{key}", self.get_offline_page, Role.EDITOR),
            PageRoute("GET", "/messages/{id}/change", self.get_change, Role.EDITOR),
            PageRoute("POST", "/messages/{id}/change", self.post_change, Role.EDITOR),
        )

    async def get_new(self, request: web.Request) -> web.Response:
        """Write a message: empty, like an earlier one (`copy`), from a template, for given targets (`to`)."""
        query = request.query
        form = MessageForm(texts=in_languages("", self._service.catalog.languages))
        if "copy" in query:
            form = MessageForm.copy(await self._service.message(query["copy"]), self._service.catalog)
        if "to" in query:
            form = replace(form, targets=tuple(query.getall("to")))
        who, catalog = person(request), self._service.catalog
        form = replace(form, targets=tuple(each for each in form.targets if may_write(who, [each], catalog)))
        form = await self._from_template(form, query.get("template", ""), person(request))
        return await self._page(request, self._drafting(form), query)

    async def post_new(self, request: web.Request) -> web.Response:
        """Post a message, or see the form as it was filled in so far."""
        given = await read_form(request)
        drafting = self._drafting(self._read(given))
        if (page := await self._on_the_way(request, drafting, given)) is not None:
            return page
        try:
            await self._service.post(drafting.draft(), person(request))
        except InvalidDraft as error:
            return await self._page(request, drafting, given, errors=_form_errors(error))
        raise see("/")

    async def get_change(self, request: web.Request) -> web.Response:
        """Change a message."""
        message, now = await self._service.message(request.match_info["id"]), self._service.now()
        if message.shown_until <= now:
            raise see("/write", {"copy": message.id})
        check_may_write(person(request), message.targets, self._service.catalog)
        form = MessageForm.of(message, self._service.catalog, now)
        return await self._page(request, self._drafting(form, message), request.query)

    async def post_change(self, request: web.Request) -> web.Response:
        """Give a message other values, unless somebody else did meanwhile."""
        given = await read_form(request)
        message = await self._service.message(request.match_info["id"])
        drafting = self._drafting(self._read(given), message)
        if given.get("action") == "take":
            # From the form of a new message, whose text goes on here.
            check_may_write(person(request), message.targets, self._service.catalog)
            if message.shown_until <= drafting.now:
                # It is over meanwhile: what was written is a new message again.
                return await self._page(request, self._drafting(drafting.form), given)
            form = drafting.form.in_place_of(message, self._service.catalog, drafting.now)
            return await self._page(request, replace(drafting, form=form), given)
        if (page := await self._on_the_way(request, drafting, given)) is not None:
            return page
        try:
            await self._service.change(message.id, drafting.draft(), drafting.form.revision, person(request))
        except StaleRevision as stale:
            # Sent once more, the form takes the place of what is shown beside it.
            form = replace(drafting.form, revision=stale.current.revision)
            drafting = replace(drafting, form=form, changes=stale.current)
            return await self._page(request, drafting, given, status=412, theirs=stale.current)
        except InvalidDraft as error:
            return await self._page(request, drafting, given, errors=_form_errors(error))
        raise see("/")

    async def see_preview(self, request: web.Request) -> web.Response:
        """See what a form comes to so far: the part of the page that follows what is typed."""
        given = await read_form(request)
        changes = await self._service.message(given["changes"]) if given.get("changes") else None
        drafting = self._drafting(self._read(given), changes)
        values = await self._seen(request, drafting, given)
        return await self._renderer.page(request, "write_fragment.html", **values)

    async def get_targets(self, request: web.Request) -> web.Response:
        """Find what a message may be for: folders and servers first; and what the targets `to` are called.

        With `all` every infobase that is found, if it is not too many to be chosen at once.
        """
        catalog, query, who = self._service.catalog, request.query, person(request)
        find, start = query.get("find", ""), start_of(query.get("from", ""))
        found = await in_thread(lambda: choices(catalog, who, writable(catalog, who), find, start))
        everything = await in_thread(self._found, request, find) if "all" in query else ()
        document = asdict(found) | {
            "chosen": [asdict(each) for each in chosen(catalog, query.getall("to", ()))],
            "all": [asdict(infobase_choice(each)) for each in everything],
        }
        return web.json_response(document, headers={hdrs.CACHE_CONTROL: "no-store"})

    async def get_offline_page(self, request: web.Request) -> web.Response:
        """Get the offline page of a draft."""
        body = self._offline_pages.get(request.match_info["key"])
        if body is None:
            raise web.HTTPNotFound
        return web.Response(body=body, content_type="text/html", charset="utf-8", headers=_FRAME_HEADERS)

    def _found(self, request: web.Request, find: str) -> list[Infobase]:
        """The infobases that are found, none if they are too many to be chosen at once."""
        found = matching(writable(self._service.catalog, person(request)), find)
        return found if len(found) <= MOST_AT_ONCE else []

    def _read(self, given: Form) -> MessageForm:
        return MessageForm.read(given, given.getall("to", ()), self._service.catalog.languages)

    def _drafting(self, form: MessageForm, changes: Message | None = None) -> Drafting:
        service = self._service
        return Drafting(form, service.catalog, service.limits, service.now(), changes)

    async def _from_template(self, form: MessageForm, template_id: str, who: Person) -> MessageForm:
        for template in await self._service.templates.offered(who) if template_id else ():
            if template.id == template_id:
                texts = in_languages(template.text, self._service.catalog.languages)
                return replace(form, texts=texts, severity=template.severity)
        return form

    async def _on_the_way(self, request: web.Request, drafting: Drafting, given: Form) -> web.Response | None:
        """The page to go on with, None when the message is to be kept now."""
        action, _, argument = given.get("action", "").partition(":")
        if action == "template":
            form = await self._from_template(drafting.form, argument, person(request))
            return await self._page(request, replace(drafting, form=form), given)
        if action == "choose":
            found = await in_thread(self._found, request, given.get("find", ""))
            targets = dict.fromkeys((*drafting.form.targets, *(each.id for each in found)))
            form = replace(drafting.form, targets=tuple(targets))
            return await self._page(request, replace(drafting, form=form), given)
        if action != "post":
            return await self._page(request, drafting, given)
        if drafting.errors:
            return await self._page(request, drafting, given, errors=drafting.errors)
        above = self._service.loaded.settings.messages.confirm_above
        count = str(len(drafting.infobases))
        too_much = means_too_much(drafting.form.targets, drafting.infobases, drafting.catalog, above)
        if too_much and given.get("confirmed") != count:
            fields = [
                (name, value) for name, value in given.items() if name not in ("confirmed", "action", "from")
            ]
            return await self._renderer.page(request, "write_confirm.html", drafting=drafting, fields=fields)
        return None

    async def _page(
        self,
        request: web.Request,
        drafting: Drafting,
        given: MultiMapping[str],
        *,
        status: int = 200,
        errors: list[FormError] | None = None,
        theirs: Message | None = None,
    ) -> web.Response:
        catalog, who = self._service.catalog, person(request)
        return await self._renderer.page(
            request,
            "write.html",
            status=422 if errors and status == 200 else status,
            **await in_thread(self._offered, request, drafting, given),
            may_write_for_all=may_write(who, [EVERYTHING], catalog),
            may_write_for=lambda folder: may_write(who, [folder], catalog),
            everything=(EVERYTHING, ROOT),
            searched=searched,
            infobase_choice=infobase_choice,
            folder_choice=folder_choice,
            as_json=lambda values: json.dumps(values, ensure_ascii=False),
            most_at_once=MOST_AT_ONCE,
            find=given.get("find", ""),
            templates=await self._service.templates.offered(who),
            severities=tuple(Severity),
            durations=DURATIONS,
            theirs=theirs,
            is_fresh=request.method == hdrs.METH_GET,
            errors=errors or [],
            names=value_names(catalog),
            **await self._seen(request, drafting, given),
        )

    def _offered(self, request: web.Request, drafting: Drafting, given: MultiMapping[str]) -> dict[str, Any]:
        """What can be chosen: all of it as a tree, or of many infobases a part of what is searched."""
        catalog, who, find = drafting.catalog, person(request), given.get("find", "")
        offered, targets = writable(catalog, who), drafting.form.targets
        if len(offered) > _WHOLE_TREE:
            part = choices(catalog, who, offered, find, start_of(given.get("from", "")))
            return {
                "choices": part,
                "chosen": chosen(catalog, targets),
                "found": part.found,
                "offered": part.offered,
            }
        found = matching(offered, find)
        # What is chosen already stays in sight, found or not.
        in_sight = {each.id for each in (*found, *drafting.infobases)}
        shown = tree(catalog, [each for each in offered if each.id in in_sight])
        words = find.casefold().split()
        own = [
            each
            for each in servers(catalog, who)
            if each.target in targets or all(word in each.target for word in words)
        ]
        # One on which there are other people's infobases too is not offered, but it stays chosen.
        offered_servers = {each.target for each in own}
        other = (each for each in targets if each.startswith(SERVER) and each not in offered_servers)
        return {
            "choices": None,
            "chosen": chosen(catalog, other),
            "servers": own,
            "servers_chosen": bool(words) or not offered_servers.isdisjoint(targets),
            "tree": shown,
            "found": len(found),
            "offered": len(offered),
        }

    async def _seen(
        self, request: web.Request, drafting: Drafting, given: MultiMapping[str]
    ) -> dict[str, Any]:
        """What users would see, and what to think of before they do."""
        values, offline = await in_thread(self._looked_at, request, drafting, given)
        if offline is not None:
            values["offline"] = self._keep_offline_page(values["preview"], offline)
        return values

    def _looked_at(
        self, request: web.Request, drafting: Drafting, given: MultiMapping[str]
    ) -> tuple[dict[str, Any], bytes | None]:
        """The same, and the offline page that is to be kept for it."""
        catalog, languages = drafting.catalog, drafting.catalog.languages
        shell = given.get("shell", "")
        shell = Shell(shell) if shell in set(Shell) else Shell.POWERSHELL
        example = self._example(drafting, given.get("seen_by", ""))
        values: dict[str, Any] = {
            "drafting": drafting,
            "example": example,
            "preview": None,
            "already": [
                (each, message_text(each, catalog, language_of(request)))
                for each in shown_already(drafting, self._service.snapshot.live, person(request))
            ],
            "lock": None,
            "shell": shell,
            "shells": tuple(Shell),
            "hints": [],
        }
        if example is None:
            return values, None
        language = given.get("seen_in", "")
        language = language if language in languages else self._language(request, drafting, example)
        message = drafting.message(example)
        live = self._service.snapshot.live
        seen = preview(catalog, live, message, example, language, drafting.now)
        end = drafting.ends_at and drafting.ends_at.astimezone(catalog.zone)
        values["preview"] = seen
        values["hints"] = [
            (each, hints(text, seen.help_text, end, seen.own_lines, each))
            for each, text in drafting.text.items()
        ]
        if message is not None and drafting.form.targets:
            values["lock"] = lock(message, drafting.infobases, catalog, language, shell)
        return values, offline_page(catalog, seen, time.time())

    def _example(self, drafting: Drafting, any_id: str) -> Infobase | None:
        """The infobase whose users look: the chosen one if it is meant, else the first; None for no target."""
        wanted = drafting.catalog.infobase(any_id)
        is_meant = wanted is not None and not set(drafting.form.targets).isdisjoint(wanted.target_keys)
        return wanted if is_meant else next(iter(drafting.infobases), None)

    @staticmethod
    def _language(request: web.Request, drafting: Drafting, example: Infobase) -> str:
        """The language to look in first: the reader's if something is written in it, else the infobase's."""
        own = language_of(request)
        return own if own in drafting.text else drafting.catalog.language_of(example)

    def _keep_offline_page(self, seen: DialogPreview, body: bytes) -> str:
        key = blake2b(
            repr((seen.infobase.id, seen.documents)).encode("utf-8", "replace"), digest_size=12
        ).hexdigest()
        self._offline_pages[key] = body
        self._offline_pages.move_to_end(key)
        if len(self._offline_pages) > _MOST_PAGES:
            self._offline_pages.popitem(last=False)
        return f"/write/offline/{key}"


def _form_errors(error: InvalidDraft) -> list[FormError]:
    """What the service found, which has no words of its own on the page."""
    fields = {"targets": "to", "starts_at": "starts_at", "ends_at": "ends_at", "note": "note"}
    return [
        FormError(fields.get(where, "text"), "other", {"message": message}) for where, message in error.errors
    ]
