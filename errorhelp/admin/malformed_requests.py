"""What comes to the admin listener and is no HTTP is its sender's error: a line of the log, no traceback."""

import logging

from aiohttp.http_exceptions import HttpProcessingError


def _in_one_line(record: logging.LogRecord) -> bool:
    """Log a request that could not be read in one line; aiohttp names its sender in the arguments."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError):
        record.levelno, record.levelname = logging.INFO, logging.getLevelName(logging.INFO)
        # Only what is wrong: what came may hold a token.
        wrong = error.message.partition(":")[0]
        record.msg, record.args = f"a request from %s could not be read: {wrong}", record.args
        record.exc_info = None
    return True


log = logging.getLogger(__name__)
"""Where the admin listener's connections log what goes wrong in them."""
log.addFilter(_in_one_line)
