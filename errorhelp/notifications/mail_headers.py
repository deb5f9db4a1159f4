"""What a mail says of itself in its headers: that a program wrote it, of which list and of which thread it is."""

import re
from collections.abc import Mapping
from typing import Any

from errorhelp.notifications.notification import Occasion

# One whose parts a Message-ID and a List-Id may have (RFC 5322, 3.6.4; RFC 2919, 2).
_HOST_NAME = re.compile(r"(?=.*[a-z])[a-z0-9-]+(\.[a-z0-9-]+)*", re.IGNORECASE)


def domain(public_host: str, sender: str) -> str:
    """What Message-IDs end in: the host where the service is reached, or that of the sender's mail address."""
    return public_host if _HOST_NAME.fullmatch(public_host) else sender.rpartition("@")[2]


def mail_headers(target_id: str, document: Mapping[str, Any], domain: str) -> dict[str, str]:
    """The headers of a notification's document for a target.

    `Auto-Submitted` is from RFC 3834, so that no holiday notice answers, and `List-Id` from RFC 2919, to sort mail by.
    All mail about one problem refers to the same id, that of no mail, and so makes a thread (RFC 5322, 3.6.4).
    """
    headers = {
        "Auto-Submitted": "auto-generated",
        "List-Id": f"<{target_id}.errorhelp.{domain}>",
    }
    if document["occasion"] == Occasion.TEST:
        return headers
    threads = [f"<problem.{each['id']}@{domain}>" for each in document["problems"]]
    if len(threads) == 1 and not document["more_problems"]:
        headers["In-Reply-To"] = headers["References"] = threads[0]
    elif document["occasion"] == Occasion.STOPPED:
        # With several of them References would make one thread of all.
        headers["In-Reply-To"] = " ".join(threads)
    return headers
