"""The names of what a message can target: ids of infobases, folder paths, 1C servers, and `*`. Pure."""

import re
from collections.abc import Sequence
from functools import cache

EVERYTHING = "*"
"""The target that means every infobase."""

ROOT = "/"
"""The folder above all folders."""

SERVER = "server:"
"""What the target begins with that means every infobase on a 1C server: `server:srv1c`."""

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_CONTROLS = re.compile(r"[\x00-\x1f]")
_DEVICE = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
# ISO 639-1.
_LANGUAGE_CODES = re.compile(
    r"aa|ab|ae|af|ak|am|an|ar|as|av|ay|az|ba|be|bg|bh|bi|bm|bn|bo|br|bs|ca|ce|ch|co|cr|cs|cu|cv|cy|da|"
    r"de|dv|dz|ee|el|en|eo|es|et|eu|fa|ff|fi|fj|fo|fr|fy|ga|gd|gl|gn|gu|gv|ha|he|hi|ho|hr|ht|hu|hy|hz|"
    r"ia|id|ie|ig|ii|ik|io|is|it|iu|ja|jv|ka|kg|ki|kj|kk|kl|km|kn|ko|kr|ks|ku|kv|kw|ky|la|lb|lg|li|ln|"
    r"lo|lt|lu|lv|mg|mh|mi|mk|ml|mn|mr|ms|mt|my|na|nb|nd|ne|ng|nl|nn|no|nr|nv|ny|oc|oj|om|or|os|pa|pi|"
    r"pl|ps|pt|qu|rm|rn|ro|ru|rw|sa|sc|sd|se|sg|sh|si|sk|sl|sm|sn|so|sq|sr|ss|st|su|sv|sw|ta|te|tg|th|"
    r"ti|tk|tl|tn|to|tr|ts|tt|tw|ty|ug|uk|ur|uz|ve|vi|vo|wa|wo|xh|yi|yo|za|zh|zu"
)


def check_id(text: str) -> str:
    """The text, if it may be an infobase's or list's id; ValueError says why not and what would do."""
    if not _ID.fullmatch(text):
        raise ValueError(
            f"{text!r} must be a lower-case id: a-z, 0-9, '_' and '-', at most 64 characters (e.g. erp)"
        )
    if _LANGUAGE_CODES.fullmatch(text):
        raise ValueError(f"{text!r} is a language code, which the addresses use otherwise (e.g. {text}_base)")
    if _DEVICE.fullmatch(text):
        raise ValueError(
            f"{text!r} is a device name on Windows and cannot be a file there (e.g. {text}_base)"
        )
    return text


def check_folder(text: str) -> str:
    """The folder path in its one spelling, `/Finance/Payroll`; ValueError when it is no path."""
    parts = text.split("/")
    if not text.startswith("/") or _CONTROLS.search(text):
        raise ValueError(f"{text!r} must be a folder path that starts with '/' (e.g. /Finance/Payroll)")
    return "/" + "/".join(part.strip() for part in parts if part.strip())


@cache
def ancestors(folder: str) -> tuple[str, ...]:
    """The folder and those above it, from the root down: `/`, `/Finance`, `/Finance/Payroll`."""
    if folder == ROOT:
        return (ROOT,)
    parent, _, _ = folder.rpartition("/")
    return (*ancestors(parent or ROOT), folder)


class UnknownTarget(ValueError):
    """A target that means no infobase, folder or server of the catalog."""

    def __init__(self, target: str, like: Sequence[str]) -> None:
        self.target = target
        hint = f"; did you mean {' or '.join(repr(each) for each in like)}?" if like else ""
        if target.startswith("/"):
            super().__init__(f"there is no folder {target!r}{hint}")
        elif target.startswith(SERVER):
            server = target.removeprefix(SERVER)
            super().__init__(f"no infobase is on the 1C server {server!r}{hint}")
        else:
            super().__init__(
                f"{target!r} is neither an infobase id, nor a folder path such as /Finance, nor a 1C server such as "
                f"server:srv1c, nor '*'{hint}"
            )
