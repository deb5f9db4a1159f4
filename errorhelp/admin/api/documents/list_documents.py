"""What the lists of the admin API have in common: pages, the place from which the next one goes on, and filters."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from errorhelp.admin.api.documents.document_values import Given, Instant, Taken
from errorhelp.store.list_place import LARGEST_NUMBER, ListPlace


def cursor_of(place: ListPlace) -> str:
    """A place as clients send it back; what it is made of is nobody's business."""
    return urlsafe_b64encode(f"{place.number} {place.key}".encode()).decode().rstrip("=")


def _read_cursor(value: object) -> ListPlace | None:
    if value is None or isinstance(value, ListPlace):
        return value
    text = str(value)
    try:
        number, _, key = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii").partition(" ")
        place = ListPlace(int(number), key)
    except ValueError:
        place = ListPlace(-1)
    is_ours = 0 <= place.number < LARGEST_NUMBER and place.key.isprintable() and cursor_of(place) == text
    if not is_ours:
        raise ValueError("is none that a page named as `next`; ask for the first page again, without it")
    return place


CursorValue = Annotated[
    ListPlace | None,
    BeforeValidator(_read_cursor),
    WithJsonSchema({"type": "string"}),
]


class ListQuery(Taken):
    """Which page of a list is asked for."""

    cursor: CursorValue = Field(
        None,
        description="Where the page begins: what the one before it names as `next`; left out: the first.",
    )


class PeriodQuery(Taken):
    """In which time is looked."""

    since: Instant | None = Field(None, description="Made then or later.", examples=["now-7d"])
    until: Instant | None = Field(None, description="Made before then.", examples=["now+1d"])


class ExportQuery(Taken):
    """How much of a list to take away."""

    limit: int | None = Field(None, ge=1, description="How many at most; all of them, if left out.")


class ListPage(Given):
    """A page of a list, which ends after so many as were asked for or after 4 MiB."""

    next: str | None = Field(
        description="The `cursor` of the page that follows, which `Link` names too; null: this is the last one."
    )
    total: int | None = Field(
        description="How many there are on all pages; null on those after the first, and where counting takes long."
    )
