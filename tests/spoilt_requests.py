"""Requests as clients and browsers send them to either listener, and what a bad line or mind makes of them."""

import json
from random import Random
from urllib.parse import urlencode

from report_samples import GET_INFO, zipped

END = b"\r\n\r\n"
MULTIPART = b'--edge\r\nContent-Disposition: form-data; name="f"; filename="r.zip"\r\n\r\n%b\r\n--edge--\r\n'


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    """A whole request, after which the connection may close; `_` in the names of headers stands for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    lines = {"Host": "127.0.0.1", "Connection": "close", **named}
    if body:
        lines["Content-Length"] = str(len(body))
    head = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in lines.items())]
    return "\r\n".join(head).encode() + END + body


def public_requests() -> list[bytes]:
    """What clients, launchers, the platform and browsers ask the public listener."""
    as_json = {"Content_Type": "application/json"}
    as_form = {"Content_Type": "multipart/form-data; boundary=edge"}
    refused = json.dumps({"errorText": "Не удалось войти", "client": {"version": "8.3.27.1508"}}).encode()
    return [
        request("GET", "/", Accept="text/html", Accept_Language="ru,en;q=0.5"),
        request("GET", "/help/erp.json", User_Agent="1C+Enterprise/8.3", If_None_Match='"0123", W/"4"'),
        request("POST", "/help/erp.json", refused, **as_json),
        request("GET", "/help/erp", Accept_Encoding="br;q=1, gzip"),
        request("GET", "/lists/office.v8i", Range="bytes=0-10"),
        request("GET", "/lists/office/WebCommonInfoBases/CheckInfoBases?ClientID=1&InfoBasesCheckCode=2"),
        request("OPTIONS", "/help/erp.json", Origin="http://erp", Access_Control_Request_Method="POST"),
        request("POST", "/reports/erp/getInfo", json.dumps(GET_INFO).encode(), **as_json),
        request("POST", "/reports/erp/pushReport", zipped(), Content_Type="application/zip"),
        request("POST", "/reports/erp/pushReport", MULTIPART % zipped(), **as_form),
    ]


def admin_requests(token: str) -> list[bytes]:
    """What scripts ask the admin listener, and browsers; forms come with a token where they have a sign-in."""
    as_json = {"Content_Type": "application/json"}
    by = {"Authorization": f"Bearer {token}"}
    message = json.dumps({"targets": ["erp"], "text": "Wait", "duration": "1s"}).encode()
    form = urlencode({"targets": "erp", "text": "Подождите", "duration": "1s", "back": "/"}).encode()
    as_form = by | {"Content_Type": "application/x-www-form-urlencoded", "Sec_Fetch_Site": "same-origin"}
    pages = ("/", "/write?to=erp", "/history?text=a&page=2", "/problems?infobase=erp", "/planned", "/metrics")
    return [
        *(request("GET", page, Accept="text/html", Accept_Language="ru", **by) for page in pages),
        request("GET", "/api/v1/messages?state=live", Cookie="errorhelp=abc; language=ru"),
        request("POST", "/api/v1/messages", message, **as_json, **by),
        request("PUT", "/api/v1/messages/0", message, If_Match='"1"', **as_json, **by),
        request("GET", "/api/v1/problems?since=1d", **by),
        request("POST", "/write", form, **as_form),
        request("POST", "/write/preview", form, **as_form),
        request("POST", "/sign-in", b"name=anna&password=wrong", **as_form),
        request("POST", "/sign-in/first", b"key=wrong", **as_form),
    ]


def spoilt(whole: bytes, choice: Random) -> bytes:
    """A request as it was, or with something wrong, too much or missing in it."""
    head, _, body = whole.partition(END)
    match choice.randrange(10):
        case 0:
            return choice.randbytes(choice.randrange(1, 2000))
        case 1 | 2 | 3:
            return _changed(head, choice) + END + body
        case 4 | 5 if body:
            return head + END + _changed(body, choice)
        case 6:
            cut = choice.randrange(len(whole))
            return whole[:cut] + whole[cut : cut + choice.randrange(3000)] * choice.randrange(3)
        case 7:
            line, _, rest = head.partition(b"\r\n")
            much = choice.choice([b"a", b"%F0", b"/..", b"%00", "я".encode()]) * choice.randrange(1, 9000)
            spoilt_line = line.replace(b" HTTP", much + b" HTTP")
            return choice.choice([spoilt_line, line + b"\r\nX-Long: " + much]) + b"\r\n" + rest + END + body
        case 8:
            announced = head.replace(b"Content-Length", b"Transfer-Encoding: chunked\r\nX-Length")
            return announced + END + b"%x\r\n" % choice.randrange(1 << 40) + choice.randbytes(3000)
        case 9:
            length = choice.choice([len(body) // 2, 2 * len(body) + 1, 1 << 60, -1])
            return (
                head.replace(b"Content-Length: %d" % len(body), b"Content-Length: %d" % length) + END + body
            )
    return whole


def _changed(content: bytes, choice: Random) -> bytes:
    """The same with some of its bytes others."""
    changed = bytearray(content)
    for _ in range(choice.randrange(1, 6)):
        changed[choice.randrange(len(changed))] = choice.choice(
            [choice.randrange(256), *b"0{}[],:\"'%&=-\r\n"]
        )
    return bytes(changed)
