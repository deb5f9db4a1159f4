"""A bucket of object storage that speaks S3, or what begins with a prefix in one; by obstore.

obstore is at github.com/developmentseed/obstore. No access control list is set: who may read there, the bucket's own
policy says.
"""

import re
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta

from errorhelp import __version__
from errorhelp.config.copy_destinations import Bucket
from errorhelp.publishing.copy_errors import CopyError

# A file cannot say how long it is good, so whoever keeps it asks each time.
_CACHE_CONTROL = "no-cache"
_CONNECT_TIMEOUT = timedelta(seconds=5)
# What fails again is tried again after longer pauses, by whoever asked for it.
_RETRIES, _RETRY_TIMEOUT = 1, timedelta(seconds=10)
# What the storage answered, and what reqwest has to say of a request that got no answer.
_CODE = re.compile(r"<Code>([A-Za-z0-9._-]{1,80})</Code>")
_STATUS = re.compile(r"status code: (\d{3}[A-Za-z ]{0,40})")
_UNREACHED = {
    "Connection refused": "it cannot be reached: connection refused; correct endpoint, or see whether it runs",
    "failed to lookup address": "it cannot be reached: nobody knows the name of its host; correct endpoint",
    "ertificate": "its certificate is not trusted here; have this machine trust its authority",
    "kind: Connect,": "it cannot be reached; correct endpoint, or see whether a firewall is between",
}
_BROKEN_OFF = "the connection broke off before it had answered"
_CLOCK = {"RequestTimeTooSkewed", "RequestExpired"}
_REGION = {"AuthorizationHeaderMalformed", "PermanentRedirect", "IllegalLocationConstraintException"}


class ObjectStorage:
    """What is written and read in a bucket; CopyError, without secrets, where that fails, or takes `timeout`."""

    def __init__(self, bucket: Bucket, *, timeout: timedelta = timedelta(seconds=20)) -> None:
        # Only who has such a copy has it installed.
        from obstore.store import S3Store  # noqa: PLC0415 - it needs an extra

        self._bucket = bucket
        self._timeout = timeout
        self._store = S3Store(
            bucket.name,
            prefix=bucket.prefix or None,
            # All is given, so that nothing is taken from the environment.
            endpoint=bucket.endpoint,
            aws_endpoint_url_s3=bucket.endpoint,
            region=bucket.region,
            access_key_id=bucket.access_key,
            secret_access_key=bucket.secret_key,
            virtual_hosted_style_request=False,
            # Not every storage can remove many at once.
            disable_bulk_delete=True,
            client_options={
                "allow_http": bucket.endpoint.startswith("http:"),
                "timeout": timeout,
                "connect_timeout": _CONNECT_TIMEOUT,
                "user_agent": f"errorhelp/{__version__}",
            },
            retry_config={"max_retries": _RETRIES, "retry_timeout": _RETRY_TIMEOUT},
        )

    async def put(self, name: str, body: bytes, content_type: str) -> str | None:
        """Write a file, whole; its ETag."""
        from obstore import put_async  # noqa: PLC0415 - as above

        attributes = {"Content-Type": content_type, "Cache-Control": _CACHE_CONTROL}
        with self._errors():
            result = await put_async(self._store, name, body, attributes=attributes, use_multipart=False)
        return _plain_etag(result["e_tag"])

    async def read(self, name: str) -> bytes | None:
        """A file's content; None if it is not there."""
        from obstore import get_async  # noqa: PLC0415 - as above

        try:
            with self._errors():
                found = await get_async(self._store, name)
                return bytes(await found.bytes_async())
        except _NoSuchFile:
            return None

    async def remove(self, names: Collection[str]) -> None:
        """Have these files not there."""
        from obstore import delete_async  # noqa: PLC0415 - as above

        with self._errors():
            await delete_async(self._store, [*names])

    async def listed(self) -> AsyncIterator[list[tuple[str, str | None]]]:
        """All that is there, some at a time: names, each with its ETag."""
        from obstore import list as list_files  # noqa: PLC0415 - as above

        files = list_files(self._store, chunk_size=1000)
        while True:
            with self._errors():
                try:
                    chunk = await anext(files)
                except StopAsyncIteration:
                    return
            yield [(each["path"], _plain_etag(each["e_tag"])) for each in chunk]

    @contextmanager
    def _errors(self) -> Iterator[None]:
        from obstore.exceptions import BaseError  # noqa: PLC0415 - as above

        try:
            yield
        except (BaseError, OSError) as error:
            text = str(error)
            code = found[1] if (found := _CODE.search(text)) else ""
            if code == "NoSuchKey" or (isinstance(error, FileNotFoundError) and not code):
                raise _NoSuchFile(self._text("there is no such file")) from None
            raise CopyError(self._text(self._reason(text, code))) from None

    def _reason(self, text: str, code: str) -> str:
        """What an error of obstore says, in one sentence with what to do."""
        status = found[1].strip() if (found := _STATUS.search(text)) else ""
        answer = " ".join(filter(None, [status, f"({code})" if code else ""]))
        if code in _CLOCK:
            return f"it answers {answer}: this machine's clock is wrong; set it"
        if code == "NoSuchBucket":
            name = self._bucket.name
            return f"there is no bucket {name}; make it, or correct bucket or endpoint"
        if code in _REGION or status.startswith("301"):
            return f"it answers {answer}: the bucket is in another region; correct region or endpoint"
        if status.startswith(("401", "403")):
            return (
                f"it refuses the keys: {answer}; correct access_key and secret_key, and let that account list the "
                "bucket, and read, write and delete in it"
            )
        if status:
            return f"it answers {answer}"
        if "TimedOut" in text:
            seconds = self._timeout.total_seconds()
            return f"no answer within {seconds:g} seconds"
        return next((reason for sign, reason in _UNREACHED.items() if sign in text), _BROKEN_OFF)

    def _text(self, reason: str) -> str:
        return f"{self._bucket}: {reason}"


class _NoSuchFile(CopyError):
    pass


def _plain_etag(etag: str | None) -> str | None:
    """As both the answer to a PUT and lists have it."""
    return etag.strip('"') if etag else None
