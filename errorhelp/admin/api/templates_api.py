"""The part of the API that is about templates: those of the configuration, and those that people make."""

from functools import cached_property

from aiohttp import hdrs, web

from errorhelp.admin.access.authorization import WHO
from errorhelp.admin.api import documents
from errorhelp.admin.api.api_routes import Route
from errorhelp.admin.api.json_answers import answer_written
from errorhelp.admin.api.list_pages import answer_page, exactly, of_sequence
from errorhelp.admin.api.request_reading import (
    read_body,
    read_query,
    read_revision,
    read_revision_if_sent,
)
from errorhelp.admin.problem_details import etag
from errorhelp.formats import problem_detail
from errorhelp.messages.message_template import MessageTemplate
from errorhelp.people.people import Role
from errorhelp.service.service import Service

_TEMPLATES = "/api/v1/templates"
_TEMPLATE = "/api/v1/templates/{id}"


class TemplatesApi:
    """The API over the templates of a service."""

    def __init__(self, service: Service) -> None:
        self._templates = service.templates

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The table of its routes."""
        document, values = documents.TemplateDocument, documents.TemplateValues
        of_template = (problem_detail.UNKNOWN_TEMPLATE,)
        of_change = (*of_template, problem_detail.CONFIGURED_TEMPLATE)
        return (
            Route(
                "GET",
                _TEMPLATES,
                self.list_templates,
                documents.TemplatesDocument,
                Role.VIEWER,
                query=documents.WholeListQuery,
            ),
            Route("POST", _TEMPLATES, self.make_template, document, Role.EDITOR, status=201, body=values),
            Route("GET", _TEMPLATE, self.get_template, document, Role.VIEWER, own_problems=of_template),
            Route(
                "PUT",
                _TEMPLATE,
                self.change_template,
                document,
                Role.EDITOR,
                body=values,
                needs_revision=True,
                own_problems=of_change,
            ),
            Route(
                "DELETE",
                _TEMPLATE,
                self.delete_template,
                document,
                Role.EDITOR,
                takes_revision=True,
                own_problems=of_change,
            ),
        )

    async def list_templates(self, request: web.Request) -> web.Response:
        """List templates, those of the configuration first."""
        query = read_query(request, documents.WholeListQuery)
        templates = await self._templates.all()
        listed = of_sequence(templates, lambda each: each.id, documents.TemplateDocument.of)
        total = exactly(len(templates))
        return await answer_page(request, "templates", listed, query.cursor, query.limit, total)

    async def make_template(self, request: web.Request) -> web.Response:
        """Make a template."""
        values = await read_body(request, documents.TemplateValues)
        return _answer(await self._templates.make(values.draft(), request[WHO]), 201)

    async def get_template(self, request: web.Request) -> web.Response:
        """Get a template."""
        return _answer(await self._templates.get(_id(request)))

    async def change_template(self, request: web.Request) -> web.Response:
        """Give a template other values."""
        revision = read_revision(request)
        values = await read_body(request, documents.TemplateValues)
        return _answer(await self._templates.change(_id(request), values.draft(), revision, request[WHO]))

    async def delete_template(self, request: web.Request) -> web.Response:
        """Delete a template; the answer is what it was."""
        revision = read_revision_if_sent(request)
        return _answer(await self._templates.delete(_id(request), request[WHO], revision))


def _answer(template: MessageTemplate, status: int = 200) -> web.Response:
    written = documents.TemplateDocument.of(template).model_dump_json().encode()
    headers: dict[str, str] = {}
    if not template.is_configured:
        headers[hdrs.ETAG] = etag(template.revision, written)
    if status == 201:
        headers[hdrs.LOCATION] = _TEMPLATE.format(id=template.id)
    return answer_written(written, status, headers)


def _id(request: web.Request) -> str:
    return request.match_info["id"]
