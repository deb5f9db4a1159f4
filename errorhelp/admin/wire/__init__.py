"""The documents of the admin API, one model for each: they validate, and OpenAPI is made from them."""

from errorhelp.admin.wire.given import (
    Configuration,
    Events,
    Health,
    Infobases,
    Message,
    Messages,
    OpenApi,
    Preview,
    Problem,
    Reloaded,
    Status,
)
from errorhelp.admin.wire.taken import (
    Extension,
    MessageQuery,
    MessageValues,
    NewMessage,
    PreviewQuery,
    ReloadOrder,
)

__all__ = [
    "Configuration",
    "Events",
    "Extension",
    "Health",
    "Infobases",
    "Message",
    "MessageQuery",
    "MessageValues",
    "Messages",
    "NewMessage",
    "OpenApi",
    "Preview",
    "PreviewQuery",
    "Problem",
    "ReloadOrder",
    "Reloaded",
    "Status",
]
