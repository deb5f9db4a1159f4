"""Bodies that strangers make to be slow: the worst that is known of each kind, as large as they may be."""

import json


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


LARGEST = 64 * 1024

BODIES: dict[str, bytes] = {
    "a long name over many values": _json({"a" * 30_000: ["b"] * 8250}),
    "values of a secret name": _json({"password": ["b"] * 12_000}),
    "numbers": b"[" + b"0," * 32_000 + b"0]",
    "empty lists": b"[" + b"[]," * 21_000 + b"[]]",
    "empty objects": b"[" + b"{}," * 21_000 + b"{}]",
    "names": b"{" + b",".join(b'"%x":1' % number for number in range(6500)) + b"}",
    "lists in lists": b"[" + b",".join(b"[" * 49 + b"]" * 49 for _ in range(650)) + b"]",
    "too many lists in lists": b"[" * 60_000,
    "beginnings of passwords": b"pwd" * 21_000,
    "addresses": b"1.1.1.1 " * 8000,
    "addresses of machines": _json({"text": "1:1:1:1:1:1:1:1 " * 4000}),
    "quotation marks": ("«" * 32_000).encode(),
    "a long user name": _json({"user": "a" * 199 + "b", "note": ["a" * 16_000] * 3}),
    "addresses with passwords": _json({"note": ["http://a:b@c"] * 4000}),
    "long numbers": _json([10**4000] * 15),
    "a form": b"a&" * 32_000,
    "a form of long names": (b"a" * 700 + b"=1&") * 90,
}
"""By what they are made of; each is taken as JSON and as a form."""

CONTENT_TYPES = ("application/json", "application/x-www-form-urlencoded")
