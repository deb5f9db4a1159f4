"""The launcher's configuration file, as an admin downloads it."""

from pathlib import Path

import pytest
from admin_api import AUTHORIZED, admin_api

pytestmark = pytest.mark.integration


async def test_an_admin_downloads_a_file_that_sends_launchers_to_the_list(tmp_path: Path) -> None:
    async with admin_api(tmp_path) as api:
        url = f"{api.url}/lists/office/1CEStart.cfg"
        async with api.http.get(url, headers=AUTHORIZED) as answer:
            data = await answer.read()
            assert answer.headers["Content-Disposition"] == 'attachment; filename="1CEStart.cfg"'
        base = api.service.catalog.public_url
    assert data == b"\xff\xfe" + f"InternetService={base}/lists/office\r\n".encode("utf-16-le")


async def test_there_is_no_such_file_for_a_list_that_is_not_there(tmp_path: Path) -> None:
    async with (
        admin_api(tmp_path) as api,
        api.http.get(f"{api.url}/lists/none/1CEStart.cfg", headers=AUTHORIZED) as answer,
    ):
        assert answer.status == 404
