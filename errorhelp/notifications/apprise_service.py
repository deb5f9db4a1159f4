"""Apprise: one library for mail, messengers and some hundred other services (github.com/caronc/apprise)."""

import logging
from typing import TYPE_CHECKING

from errorhelp.notifications.delivery_errors import Undelivered

if TYPE_CHECKING:
    from apprise import Apprise

_SECONDS = 20.0
_NOWHERE = logging.NullHandler()


class AppriseMissing(ValueError):
    """Apprise is not installed; the text says how to install it."""


def check_address(url: str) -> None:
    """ValueError unless Apprise knows how to read the address; AppriseMissing without Apprise."""
    _opened(url)


async def send(url: str, title: str, text: str) -> None:
    """Send a text by the service that the address names; Undelivered if that did not take it.

    Apprise sends in threads of its own. One that is stuck is left behind after 20 seconds.
    """
    try:
        opened = _opened(url)
    except ValueError as error:
        raise Undelivered(f"the address {error}", is_final=True) from None
    with await opened.async_notify(body=text, title=title, body_format="text", timeout=_SECONDS) as result:
        if not result:
            reasons = [entry.message for entry in result.logs()]
            raise Undelivered("; ".join(reasons) or f"{result.status.name.lower()}, and Apprise says no more")


def _opened(url: str) -> "Apprise":
    try:
        from apprise import Apprise, AppriseAsset  # noqa: PLC0415 - it needs an extra
    except ImportError:
        raise AppriseMissing(
            "needs the library Apprise; install the extra: pip install 'errorhelp[reports]'"
        ) from None
    # It logs addresses that it cannot read, with the passwords in them; what it says of sending is in results.
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.addHandler(_NOWHERE)
    opened = Apprise(asset=AppriseAsset(app_id="errorhelp", storage_mode="memory", pgp_autogen=False))
    if not opened.add(url):
        raise ValueError(
            "is none that Apprise can read; its wiki says how they are written "
            "(e.g. mailtos://user:password@mail.example.com?to=desk@example.com)"
        )
    return opened
