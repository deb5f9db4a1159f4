"""Apprise: one library for mail, messengers and some hundred other services (github.com/caronc/apprise)."""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from errorhelp.notifications.delivery_errors import Undelivered
from errorhelp.notifications.mail_headers import domain

if TYPE_CHECKING:
    from apprise import Apprise

_SECONDS = 20.0
_NOWHERE = logging.NullHandler()


class AppriseMissing(ValueError):
    """Apprise is not installed; the text says how to install it."""


def check_address(url: str) -> None:
    """ValueError unless Apprise knows how to read the address; AppriseMissing without Apprise."""
    _opened(url)


MailHeaders = Callable[[str], Mapping[str, str]]
"""The headers of a mail beside the usual ones, by the domain that stands in them."""


async def send(url: str, title: str, text: str, host: str, mail_headers: MailHeaders) -> None:
    """Send a text by the service that the address names; Undelivered if that did not take it.

    A mail gets `mail_headers` and a Message-ID of the `host`. Apprise sends in threads of its own. One that is stuck
    is left behind after 20 seconds.
    """
    try:
        opened = _opened(url)
    except ValueError as error:
        raise Undelivered(f"the address {error}", is_final=True) from None
    for service in opened:
        _prepare_mail(service, host, mail_headers)
    with await opened.async_notify(body=text, title=title, body_format="text", timeout=_SECONDS) as result:
        if not result:
            reasons = [entry.message for entry in result.logs()]
            raise Undelivered("; ".join(reasons) or f"{result.status.name.lower()}, and Apprise says no more")


def _prepare_mail(service: Any, host: str, mail_headers: MailHeaders) -> None:
    """Give a service that sends mail what a mail of ours has; others stay as they are."""
    from apprise.plugins.email.base import NotifyEmail  # noqa: PLC0415 - it needs an extra

    # Those that derive from it send in ways of their own.
    if type(service) is not NotifyEmail:
        return
    own, named = {name.lower() for name in service.headers}, domain(host, str(service.from_addr[1]))
    service.headers.update({name: to for name, to in mail_headers(named).items() if name.lower() not in own})
    service.send = partial(_send_mail, service, named)  # type: ignore[method-assign]


def _send_mail(service: Any, domain: str, body: str, title: str = "", **options: Any) -> bool:
    """As Apprise's own `send`, whose Message-ID is of the mail server's name, which may be no more than an address."""
    from apprise.plugins.email.smtp import (  # noqa: PLC0415 - as above
        SMTP_EXCEPTIONS,
        AppriseSMTPController,
    )

    mails = service.prepare_emails(
        subject=title,
        body=body,
        notify_format=service.resolve_format(options.get("body_format")),
        from_addr=service.from_addr,
        to=service.targets,
        cc=service.cc,
        bcc=service.bcc,
        reply_to=service.reply_to,
        smtp_host=domain,
        headers={"X-Application": service.app_id, **service.headers},
        names=service.names,
        pgp=service.pgp,
        pgp_mode=service.pgp_mode,
        tzinfo=service.tzinfo,
    )
    refused = []
    try:
        with AppriseSMTPController(
            host=service.smtp_host,
            port=service.port,
            secure_mode=service.secure_mode,
            user=service.user,
            password=service.password,
            verify_certificate=service.verify_certificate,
            socket_connect_timeout=service.socket_connect_timeout,
        ) as smtp:
            for mail in mails:
                if service.is_delivered(mail.recipient):
                    continue
                if smtp.sendmail(service.from_addr[1], mail.to_addrs, mail.body):
                    service.mark_delivered(mail.recipient)
                else:
                    service.logger.warning('Sending email to "%s" failed.', mail.recipient)
                    refused.append(mail.recipient)
    except SMTP_EXCEPTIONS as error:
        service.logger.warning('The mail server "%s" takes nothing: %s', service.smtp_host, error)
        return False
    return not refused


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
