"""What the errors of object storage say: what is wrong, and what to do."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from object_storage_server import (
    ACCESS_KEY,
    BUCKET,
    SECRET_KEY,
    FaultyProxy,
    HandOn,
    Request,
    faulty_proxy,
    object_storage_server,
)
from ports import HOST, free_port

from errorhelp.config.copy_destinations import Bucket
from errorhelp.publishing.copy_errors import CopyError
from errorhelp.publishing.object_storage import ObjectStorage

pytestmark = pytest.mark.integration


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[FaultyProxy]:
    with object_storage_server(tmp_path / "storage") as server:
        async with faulty_proxy(server) as proxy:
            yield proxy


@pytest.fixture
def bucket(proxy: FaultyProxy) -> Bucket:
    return Bucket(proxy.url, "us-east-1", BUCKET, "public", ACCESS_KEY, SECRET_KEY)


async def error_of(bucket: Bucket, patience: timedelta = timedelta(seconds=20)) -> str:
    storage = ObjectStorage(bucket, timeout=patience)
    with pytest.raises(CopyError) as failed:
        await storage.put("help/erp.json", b"{}", "application/json")
    assert SECRET_KEY not in str(failed.value)
    return str(failed.value).removeprefix(f"{bucket}: ")


async def test_what_was_put_is_read_listed_and_removed(bucket: Bucket) -> None:
    storage = ObjectStorage(bucket)
    etag = await storage.put("help/erp.json", b"{}", "application/json")
    assert await storage.read("help/erp.json") == b"{}" and await storage.read("help/none.json") is None
    assert [files async for files in storage.listed()] == [[("help/erp.json", etag)]]
    await storage.remove(["help/erp.json", "help/none.json"])
    assert await storage.read("help/erp.json") is None


async def test_a_bucket_that_is_not_there_is_to_be_made(bucket: Bucket) -> None:
    assert await error_of(replace(bucket, name="another-bucket")) == (
        "there is no bucket another-bucket; make it, or correct bucket or endpoint"
    )
    with pytest.raises(CopyError, match="there is no bucket another-bucket"):
        await ObjectStorage(replace(bucket, name="another-bucket")).read(".errorhelp-copy")


async def test_where_nobody_listens_the_endpoint_is_named(bucket: Bucket) -> None:
    nobody = replace(bucket, endpoint=f"http://{HOST}:{free_port()}")
    assert await error_of(nobody) == (
        "it cannot be reached: connection refused; correct endpoint, or see whether it runs"
    )


async def test_a_storage_that_hangs_is_given_up(bucket: Bucket, proxy: FaultyProxy) -> None:
    async def hang(request: Request, whole: bytes, hand_on: HandOn) -> bytes:
        await asyncio.Event().wait()
        return b""

    proxy.fault = hang
    assert await error_of(bucket, timedelta(seconds=0.5)) == "no answer within 0.5 seconds"


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        ("403 Forbidden", "RequestTimeTooSkewed", "this machine's clock is wrong; set it"),
        (
            "403 Forbidden",
            "AccessDenied",
            "it refuses the keys: 403 Forbidden (AccessDenied); correct access_key",
        ),
        (
            "400 Bad Request",
            "AuthorizationHeaderMalformed",
            "the bucket is in another region; correct region",
        ),
        ("507 Insufficient Storage", "", "it answers 507 Insufficient Storage"),
    ],
)
async def test_what_it_answers_is_told_with_the_remedy(
    bucket: Bucket, proxy: FaultyProxy, status: str, code: str, error: str
) -> None:
    async def answer(request: Request, whole: bytes, hand_on: HandOn) -> bytes:
        body = f"<Error><Code>{code}</Code></Error>" if code else ""
        return f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()

    proxy.fault = answer
    assert error in await error_of(bucket)
