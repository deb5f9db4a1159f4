"""Notification targets out of the settings of reports: whom problems are forwarded to, and how."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from functools import partial
from urllib.parse import urlsplit

from errorhelp.config.diagnostics import Diagnostics
from errorhelp.config.secret_lookup import SecretLookup
from errorhelp.config.settings.report_settings import ForwardSettings
from errorhelp.config.target_references import TargetReferences
from errorhelp.config.yaml_tree import Location
from errorhelp.formats.standard_webhooks import read_key
from errorhelp.notifications import apprise_service
from errorhelp.notifications.notification_target import (
    NotificationTarget,
    check_header,
    check_one_authorization,
    read_webhook,
)
from errorhelp.notifications.notification_texts import read_template

_EXAMPLE_TIME = datetime(2026, 11, 21, 11, tzinfo=UTC)


def build_notification_targets(
    forward: Sequence[ForwardSettings],
    language: str,
    zone: tzinfo,
    public_url: str | None,
    references: TargetReferences,
    secrets: SecretLookup,
    diagnostics: Diagnostics,
) -> Iterator[NotificationTarget]:
    """The targets of `reports.forward`; `language` is of those that name none. Without secrets there is none."""
    taken: dict[str, Location] = {}
    for index, each in enumerate(forward):
        here: Location = ("reports", "forward", index)
        diagnostics.check_once(taken, each.id, (*here, "id"), "is already the id of a target")
        diagnostics.check_language((*here, "language"), each.language)
        targets = references.look_up((*here, "targets"), each.targets)
        # Where secrets are not looked up nothing is forwarded.
        if secrets.is_on:
            target = _target(here, each, targets, language, zone, references, secrets, diagnostics)
            yield replace(target, public_host=urlsplit(public_url or "").hostname or "")


def _target(
    here: Location,
    each: ForwardSettings,
    targets: Sequence[str],
    language: str,
    zone: tzinfo,
    references: TargetReferences,
    secrets: SecretLookup,
    diagnostics: Diagnostics,
) -> NotificationTarget:
    apprise = secrets.text((*here, "apprise"), each.apprise)
    address = secrets.text((*here, "webhook"), each.webhook)
    secret = secrets.text((*here, "secret"), each.secret)
    headers = {name: secrets.text((*here, "headers", name), value) for name, value in each.headers.items()}
    if apprise:
        diagnostics.checked((*here, "apprise"), apprise_service.check_address, apprise)
    if address and (url := diagnostics.checked((*here, "webhook"), read_webhook, address)):
        diagnostics.checked((*here, "headers"), partial(check_one_authorization, url), headers)
    for name, value in headers.items():
        diagnostics.checked((*here, "headers", name), check_header, value)
    target = NotificationTarget(
        id=each.id,
        language=each.language or language,
        zone=zone,
        infobases=frozenset(infobase.id for infobase in references.meant_by(targets)),
        kinds=frozenset(each.kinds),
        occasions=frozenset(each.occasions),
        apprise=apprise,
        webhook=address,
        key=diagnostics.checked((*here, "secret"), read_key, secret) if secret else None,
        headers=headers,
        body=diagnostics.checked((*here, "body"), read_template, each.body) if each.body else None,
    )
    diagnostics.checked((*here, "body"), target.check_body, _EXAMPLE_TIME)
    return target
