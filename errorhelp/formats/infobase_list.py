"""`WebCommonInfoBases`: connection lists for launchers, by REST and by SOAP.

The protocol is in docs/en/1c-formats.md#lists-for-launchers. A list is known by its check code, a client by
the id it was given; both are GUIDs with dashes, and the zero GUID means neither is known yet.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal
from uuid import UUID
from xml.etree.ElementTree import Element, ParseError
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

UNKNOWN = UUID(int=0)
"""The client id and check code of a first contact."""

JSON = "application/json; charset=utf-8"
XML = "text/xml; charset=utf-8"
SOAP_1_2 = "application/soap+xml; charset=utf-8"

Operation = Literal["CheckInfoBases", "GetInfoBases"]

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_WSDL_FILE = Path(__file__).with_name("infobase_list.wsdl")
_SOAP_NAMESPACES = {
    "http://schemas.xmlsoap.org/soap/envelope/": XML,
    "http://www.w3.org/2003/05/soap-envelope": SOAP_1_2,
}
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LONGEST_NAMESPACE = 500
_MOST_VALUES = 20
_SOAP_1_1 = "http://schemas.xmlsoap.org/soap/envelope/"


@dataclass(frozen=True, slots=True)
class ListDocument:
    """A list on its way to a client: the same for all but for the client's id, which stands in between."""

    before: bytes
    after: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Call:
    """A SOAP request: what is asked by whom, and in which namespaces, so that the answer is in the same."""

    operation: Operation
    client_id: UUID
    check_code: UUID
    namespace: str
    envelope: str

    @property
    def content_type(self) -> str:
        """That of the answer: SOAP 1.1 or 1.2."""
        return _SOAP_NAMESPACES[self.envelope]


class NotUnderstood(ValueError):
    """A request that is none of the service's; the text says what was expected."""


def parse_guid(text: str) -> UUID:
    """The GUID; nothing at all counts as unknown, anything else that is no dashed GUID is NotUnderstood."""
    if not text.strip():
        return UNKNOWN
    if not _GUID.fullmatch(text.strip()):
        raise NotUnderstood(f"{text[:80]!r} is not a GUID (e.g. {UNKNOWN})")
    return UUID(text.strip())


def check_json(changed: bool, url: str) -> bytes:
    """The answer to `CheckInfoBases`: whether the list is another now, and where to get it."""
    return _json({"root": {"InfoBasesChanged": changed, "URL": url}})


def list_json(check_code: UUID, text: str) -> ListDocument:
    """The answer to `GetInfoBases`: `text` is the list, as in a `*.v8i`."""
    before, after = _json({"root": {"ClientID": "|", "InfoBasesCheckCode": str(check_code)}}).split(b"|")
    body = _json({"InfoBases": text})
    return ListDocument(before, after[:-2] + b"," + body[1:] + b"}", JSON)


def check_soap(call: Call, changed: bool, url: str) -> bytes:
    """The same answer to a SOAP call."""
    before, after = _soap_response(call)
    values = f"<m:InfoBasesChanged>{str(changed).lower()}</m:InfoBasesChanged><m:URL>{_text(url)}</m:URL>"
    return before + values.encode() + after


def list_soap(call: Call, check_code: UUID, text: str) -> ListDocument:
    """The same list for a SOAP call."""
    _, after = _soap_response(call)
    rest = (
        f"</m:ClientID><m:InfoBasesCheckCode>{check_code}</m:InfoBasesCheckCode>"
        f"<m:InfoBases>{_text(text)}</m:InfoBases>"
    )
    return ListDocument(soap_start(call), rest.encode() + after, call.content_type)


def soap_start(call: Call) -> bytes:
    """What stands before the client's id in the list for a SOAP call: it alone differs from call to call."""
    return _soap_response(call)[0] + b"<m:ClientID>"


def fault(reason: str, envelope: str = _SOAP_1_1) -> bytes:
    """A SOAP fault that blames the sender (SOAP 1.1, 4.4; SOAP 1.2, 5.4)."""
    if envelope == _SOAP_1_1:
        body = f"<faultcode>s:Client</faultcode><faultstring>{_text(reason)}</faultstring>"
    else:
        body = (
            "<s:Code><s:Value>s:Sender</s:Value></s:Code>"
            f'<s:Reason><s:Text xml:lang="en">{_text(reason)}</s:Text></s:Reason>'
        )
    return _envelope(envelope, f"<s:Fault>{body}</s:Fault>").encode()


def parse_call(body: bytes) -> Call:
    """The call in a SOAP message; NotUnderstood for anything else, a document type declaration included."""
    try:
        root: Element = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        raise NotUnderstood("the body is not a SOAP message in XML without a document type") from None
    envelope = _namespace(root.tag)
    if envelope not in _SOAP_NAMESPACES or _local(root.tag) != "Envelope":
        raise NotUnderstood("the body is not a SOAP 1.1 or 1.2 envelope")
    operation = root.find(f"{{{envelope}}}Body/*")
    if operation is None:
        raise NotUnderstood("the SOAP body is empty; it asks for CheckInfoBases or GetInfoBases")
    namespace = _namespace(operation.tag)
    if len(namespace) > _LONGEST_NAMESPACE:
        raise NotUnderstood(f"the namespace has more than {_LONGEST_NAMESPACE} characters")
    values = {_local(each.tag): each.text or "" for each in operation[:_MOST_VALUES]}
    match _local(operation.tag):
        case "CheckInfoBases" | "GetInfoBases" as name:
            return Call(
                operation=name,
                client_id=parse_guid(values.get("ClientID", "")),
                check_code=parse_guid(values.get("InfoBasesCheckCode", "")),
                namespace=namespace,
                envelope=envelope,
            )
        case other:
            raise NotUnderstood(
                f"there is no operation {other[:80]!r}; there are CheckInfoBases and GetInfoBases"
            )


@cache
def _wsdl() -> str:
    return _WSDL_FILE.read_text("utf-8")


def wsdl(address: str) -> bytes:
    """The description of the SOAP service at `address` (WSDL 1.1, document/literal)."""
    return _wsdl().replace("{address}", escape(address, {'"': "&quot;"})).encode()


def _soap_response(call: Call) -> tuple[bytes, bytes]:
    """What stands around the values of a response."""
    name = f"m:{call.operation}Response"
    whole = _envelope(call.envelope, f"<{name} xmlns:m={quoteattr(call.namespace)}><m:return/>\x00</{name}>")
    before, _, after = whole.encode().partition(b"\x00")
    return before, after


def _envelope(namespace: str, body: str) -> str:
    return f'<s:Envelope xmlns:s="{namespace}"><s:Body>{body}</s:Body></s:Envelope>'


def _text(text: str) -> str:
    # A parser makes "\n" of "\r\n" (XML 1.0, 2.11) unless the "\r" is written so.
    return escape(_NOT_IN_XML.sub(" ", text), {"\r": "&#13;"})


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _namespace(tag: str) -> str:
    return tag[1:].partition("}")[0] if tag.startswith("{") else ""


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
