"""Why no answer came over HTTP, in words."""

import os
import socket
import ssl
from enum import StrEnum


class Silence(StrEnum):
    """What is between whoever asks and an answer."""

    NAME = "name"
    CERTIFICATE = "certificate"
    TLS = "tls"
    REFUSED = "refused"
    CLOSED = "closed"
    TIME = "time"
    OTHER = "other"


def silence_of(error: Exception) -> Silence:
    """Which one an error of a socket or of TLS means."""
    match error:
        case ssl.SSLCertVerificationError():
            return Silence.CERTIFICATE
        case ssl.SSLError():
            return Silence.TLS
        case socket.gaierror():
            return Silence.NAME
        case ConnectionRefusedError():
            return Silence.REFUSED
        case ConnectionResetError():
            return Silence.CLOSED
        case TimeoutError():
            return Silence.TIME
    return Silence.OTHER


def why_unanswered(error: Exception, host: str) -> str:
    """What such an error means for whoever asked the `host`; others say it themselves."""
    match silence_of(error):
        case Silence.CERTIFICATE:
            return f"its certificate is not trusted: {error}"
        case Silence.TLS:
            reason = getattr(error, "reason", None) or error
            return f"no TLS connection: {reason}"
        case Silence.NAME:
            return f"the name {host} is not known here (DNS)"
        case Silence.REFUSED:
            return "nothing listens there: the connection was refused"
        case Silence.CLOSED:
            return "the connection was closed without an answer"
        case Silence.TIME:
            return "no answer in time"
    if isinstance(error, OSError) and error.errno:
        return f"no connection: {os.strerror(error.errno)}"
    return str(error)
