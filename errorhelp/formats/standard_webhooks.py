"""The signature of Standard Webhooks (standardwebhooks.com, version 1.0)."""

import base64
import hmac
from datetime import datetime

_PREFIX = "whsec_"
_FEWEST_BYTES, _MOST_BYTES = 24, 64


def read_key(secret: str) -> bytes:
    """The key in a secret, `whsec_` and base64 of 24 to 64 bytes; ValueError, without it, if it is none."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not secret.startswith(_PREFIX) or not _FEWEST_BYTES <= len(key) <= _MOST_BYTES:
        raise ValueError("must be whsec_ and 24 to 64 random bytes in base64 (docs/en/reports.md says how)")
    return key


def signature(key: bytes, entry_id: str, sent_at: datetime, body: bytes) -> str:
    """The `webhook-signature` of a body."""
    signed = b".".join((entry_id.encode(), str(int(sent_at.timestamp())).encode(), body))
    return f"v1,{base64.b64encode(hmac.digest(key, signed, 'sha256')).decode()}"
