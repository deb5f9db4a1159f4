"""Templates, as documents of the admin API."""

from typing import Self

from pydantic import Field

from errorhelp.admin.api.documents.document_values import Given, Instant, Taken, TextByLanguage
from errorhelp.admin.api.documents.list_documents import ListPage
from errorhelp.messages.message import Severity
from errorhelp.messages.message_template import MessageTemplate
from errorhelp.service.message_templates import TemplateDraft
from errorhelp.text.texts import as_json


class TemplateValues(Taken):
    """The values of a template."""

    name: TextByLanguage = Field(
        description="What its button says: one text, or texts by language.",
        examples=[{"ru": "Сервер недоступен", "en": "Server down"}, "Server down"],
    )
    text: TextByLanguage = Field(
        description="What users read; {infobase}, {until} and the configured values are filled in when it is used.",
        examples=["{infobase} is down until {until}, please wait."],
    )
    severity: Severity = Field(Severity.OUTAGE, description="How bad it is. If left out: outage.")
    folders: tuple[str, ...] | None = Field(
        None,
        description="For whom it is: whoever writes for these folders; empty: for everybody. If left out: as it was, "
        "or where whoever makes it writes.",
        examples=[["/Finance"]],
    )

    def draft(self) -> TemplateDraft:
        """The template that the values make."""
        return TemplateDraft(self.name, self.text, self.severity, self.folders)


class TemplateDocument(Given, component="Template"):
    """A ready message."""

    id: str
    name: TextByLanguage
    text: TextByLanguage
    severity: Severity
    folders: tuple[str, ...] = Field(
        description="For whom it is: whoever writes for these; empty: for everybody."
    )
    configured: bool = Field(description="Whether it stands in the configuration, and is changed only there.")
    revision: int = Field(description="How often it was changed, from 1; 0 for one of the configuration.")
    author: str = Field(description="Who made it; empty for one of the configuration.")
    created_at: Instant | None = Field(description="When; null for one of the configuration.")

    @classmethod
    def of(cls, template: MessageTemplate) -> Self:
        """The template for clients."""
        return cls(
            id=template.id,
            name=as_json(template.name),
            text=as_json(template.text),
            severity=template.severity,
            folders=template.folders,
            configured=template.is_configured,
            revision=template.revision,
            author=template.author,
            created_at=template.created_at,
        )


class TemplatesDocument(ListPage, component="Templates"):
    """A page of templates: those of the configuration, then the oldest first."""

    templates: tuple[TemplateDocument, ...]
