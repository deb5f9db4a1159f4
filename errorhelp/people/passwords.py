"""Passwords: kept and checked as argon2id hashes (RFC 9106), `$argon2id$v=19$m=65536,t=3,p=4$…`."""

from unicodedata import normalize

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import Argon2Error, InvalidHashError

LONGEST_PASSWORD = 1000
"""The most characters of a password; to compose the letters of millions could take hours."""

_HASHER = PasswordHasher()
_SHORTEST_SALT, _SHORTEST_HASH = 8, 16
_MOST_MEMORY_KIB = 1024 * 1024


def hash_password(password: str) -> str:
    """A new hash of the password; it takes a noticeable part of a second, as it should."""
    return _HASHER.hash(_bytes(password))


def is_right(password: str, password_hash: str) -> bool:
    """Whether it is the password of the hash; takes as long as making one, while other threads go on."""
    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        return _HASHER.verify(password_hash, _bytes(password))
    except (Argon2Error, InvalidHashError):
        return False


def check_hash(text: str) -> str:
    """The hash, if it is one that can be checked; ValueError says how to make one, and does not repeat it."""
    try:
        found = extract_parameters(text)
        is_hash = found.type is Type.ID
        is_whole = found.salt_len >= _SHORTEST_SALT and found.hash_len >= _SHORTEST_HASH
    except InvalidHashError:
        is_hash = is_whole = False
    if not is_hash or not is_whole:
        raise ValueError(
            "is not a whole argon2id hash; make one with 'errorhelp user hash' and put it in single quotes"
        )
    if found.memory_cost > _MOST_MEMORY_KIB:
        raise ValueError("takes more than 1 GiB of memory to check; make another with 'errorhelp user hash'")
    return text


def _bytes(password: str) -> bytes:
    # Some keyboards compose й and ё of two characters (RFC 8265, 4.2).
    return normalize("NFC", password).encode("utf-8", "surrogatepass")
