"""Templates: those of the configuration, and those that people make, rename, change and delete here."""

from dataclasses import dataclass, field

from aiohttp import web
from multidict import MultiMapping

from errorhelp.admin.pages.page_rendering import Renderer, person
from errorhelp.admin.pages.page_routes import Form, PageRoute, read_form, see
from errorhelp.admin.pages.write_form import in_languages, value_names
from errorhelp.messages.message import Severity
from errorhelp.messages.message_template import MessageTemplate
from errorhelp.people.people import Role
from errorhelp.service.drafts import InvalidDraft
from errorhelp.service.message_templates import TemplateDraft
from errorhelp.service.service import Service
from errorhelp.store import StaleTemplate


@dataclass(frozen=True, slots=True)
class TemplateForm:
    """The form of a template as it was filled in, by language; `revision` is what it was made from."""

    names: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    severity: Severity = Severity.OUTAGE
    revision: int = 0

    @classmethod
    def read(cls, given: MultiMapping[str], languages: tuple[str, ...]) -> "TemplateForm":
        """The form from its fields, or from those of a message."""
        severity, revision = given.get("severity", ""), given.get("revision", "")
        return cls(
            names={language: given.get(f"name-{language}", "") for language in languages},
            texts={language: given.get(f"text-{language}", "") for language in languages},
            severity=Severity(severity) if severity in set(Severity) else Severity.OUTAGE,
            revision=int(revision) if revision.isdecimal() and len(revision) < 10 else 0,
        )

    def draft(self) -> TemplateDraft:
        """The template that it makes; for whom it is stays as it was."""
        return TemplateDraft(_written(self.names), _written(self.texts), self.severity)


class TemplatesPage:
    """The list of templates, and the form of one."""

    def __init__(self, service: Service, renderer: Renderer) -> None:
        self._service = service
        self._renderer = renderer

    @property
    def routes(self) -> tuple[PageRoute, ...]:
        """The table of its routes."""
        return (
            PageRoute("GET", "/templates", self.get_list, Role.EDITOR),
            PageRoute("POST", "/templates", self.make, Role.EDITOR),
            PageRoute("GET", "/templates/new", self.get_new, Role.EDITOR),
            PageRoute("POST", "/templates/new", self.post_new, Role.EDITOR),
            PageRoute("GET", "/templates/{id}", self.get_change, Role.EDITOR),
            PageRoute("POST", "/templates/{id}", self.post_change, Role.EDITOR),
            PageRoute("POST", "/templates/{id}/delete", self.delete, Role.EDITOR),
        )

    async def get_list(self, request: web.Request) -> web.Response:
        """See the templates."""
        templates, who = self._service.templates, person(request)
        offered = await templates.offered(who)
        return await self._renderer.page(
            request,
            "templates.html",
            templates=[(each, templates.may_change(each, who)) for each in offered],
        )

    async def get_new(self, request: web.Request) -> web.Response:
        """Make a template, from a message if one is named."""
        languages, form = self._service.catalog.languages, self._read(request.query)
        if message_id := request.query.get("message"):
            message = await self._service.message(message_id)
            form = TemplateForm(form.names, in_languages(message.written, languages), message.severity)
        return await self._form(request, form)

    async def post_new(self, request: web.Request) -> web.Response:
        """Make a template from what is written for a message."""
        return await self._form(request, self._read(await read_form(request)))

    async def make(self, request: web.Request) -> web.Response:
        """Keep a new template."""
        form = self._read(await read_form(request))
        try:
            made = await self._service.templates.make(form.draft(), person(request))
        except InvalidDraft as error:
            return await self._form(request, form, errors=error)
        raise see(f"/templates#{made.id}")

    async def get_change(self, request: web.Request) -> web.Response:
        """Change a template."""
        template = await self._template(request)
        languages = self._service.catalog.languages
        form = TemplateForm(
            in_languages(template.name, languages),
            in_languages(template.text, languages),
            template.severity,
            template.revision,
        )
        return await self._form(request, form, template)

    async def post_change(self, request: web.Request) -> web.Response:
        """Give a template other values, unless somebody else did meanwhile."""
        form, template = self._read(await read_form(request)), await self._template(request)
        try:
            await self._service.templates.change(template.id, form.draft(), form.revision, person(request))
        except InvalidDraft as error:
            return await self._form(request, form, template, errors=error)
        except StaleTemplate as stale:
            # Sent once more, the form takes the place of what is shown beside it.
            form = TemplateForm(form.names, form.texts, form.severity, stale.current.revision)
            return await self._form(request, form, template, theirs=stale.current)
        raise see(f"/templates#{template.id}")

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a template."""
        await read_form(request)
        await self._service.templates.delete(request.match_info["id"], person(request))
        raise see("/templates")

    async def _template(self, request: web.Request) -> MessageTemplate:
        return await self._service.templates.to_be_changed(request.match_info["id"], person(request))

    def _read(self, given: MultiMapping[str] | Form) -> TemplateForm:
        return TemplateForm.read(given, self._service.catalog.languages)

    async def _form(
        self,
        request: web.Request,
        form: TemplateForm,
        template: MessageTemplate | None = None,
        *,
        errors: InvalidDraft | None = None,
        theirs: MessageTemplate | None = None,
    ) -> web.Response:
        return await self._renderer.page(
            request,
            "template.html",
            status=422 if errors else 412 if theirs else 200,
            form=form,
            changes=template,
            severities=tuple(Severity),
            errors=errors.errors if errors else (),
            theirs=theirs,
            names=value_names(self._service.catalog),
        )


def _written(texts: dict[str, str]) -> str | dict[str, str]:
    """What is written, by language; "" if nothing is."""
    return {language: text for language, text in texts.items() if text.strip()} or ""
