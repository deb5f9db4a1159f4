"""Why no answer came over HTTP, in words."""

import os
import socket
import ssl

CLOSED = "the connection was closed without an answer"


def why_unanswered(error: Exception, host: str) -> str:
    """What an error of a socket or of TLS means for whoever asked the `host`; others say it themselves."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {error}"
        case ssl.SSLError():
            return f"no TLS connection: {error.reason or error}"
        case socket.gaierror():
            return f"the name {host} is not known here (DNS)"
        case ConnectionRefusedError():
            return "nothing listens there: the connection was refused"
        case ConnectionResetError():
            return CLOSED
        case TimeoutError():
            return "no answer in time"
        case OSError(errno=int(number)):
            return f"no connection: {os.strerror(number)}"
    return str(error)
