"""What the infobases of a draft show already, so that it is changed instead of shown twice. Pure."""

from collections.abc import Iterable

from errorhelp.admin.pages.draft_preview import Drafting
from errorhelp.messages.message import Message, in_order
from errorhelp.people.people import Person, may_write


def shown_already(drafting: Drafting, live: Iterable[Message], person: Person) -> list[Message]:
    """The messages for just the infobases of a draft, while it is shown, that somebody may change; most severe first.

    Maintenance windows are none of them: what is planned is changed elsewhere.
    """
    if not drafting.infobases or drafting.changes is not None:
        return []
    alike = (each for each in live if _is_alike(each, drafting))
    return in_order(each for each in alike if may_write(person, each.targets, drafting.catalog))


def _is_alike(message: Message, drafting: Drafting) -> bool:
    """Whether it is for the same infobases at the same time."""
    if message.window is not None or message.shown_until <= max(drafting.starts_at, drafting.now):
        return False
    if drafting.ends_at is not None and message.starts_at >= drafting.ends_at:
        return False
    targets = set(message.targets)
    if any(targets.isdisjoint(infobase.target_keys) for infobase in drafting.infobases):
        return False
    return len(drafting.catalog.meant_by(targets)) == len(drafting.infobases)
