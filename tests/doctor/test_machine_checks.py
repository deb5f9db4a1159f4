"""What the doctor makes of the service's own word about its connections and copies."""

from typing import Any

from errorhelp.doctor import Finding, Level
from errorhelp.doctor.machine_checks import look_at_status


def warnings(
    *,
    public: dict[str, int] | None = None,
    admin: dict[str, int] | None = None,
    unknown_proxies: tuple[str, ...] = (),
    copies: tuple[dict[str, Any], ...] = (),
) -> list[Finding]:
    """Those about a service that is well but for its connections, or its copies."""

    def connections(gave_way: dict[str, int] | None) -> dict[str, Any]:
        return {"open": 7, "most": 500, "gave_way": {"all": 0, "client": 0, "new": 0} | (gave_way or {})}

    status = {
        "version": "1",
        "time": "2026-11-21T12:00:00Z",
        "configuration": {"refused": None},
        "store": {"ok": True},
        "tree": {"error": None, "folder": "/srv/errorhelp"},
        "copies": copies,
        "connections": {"public": connections(public), "admin": connections(admin)},
        "unknown_proxies": unknown_proxies,
    }
    return [finding for finding in look_at_status(status) if finding.level is not Level.OK]


def test_connections_that_all_fit_are_no_finding() -> None:
    assert warnings() == []


def test_one_address_with_too_many_connections_may_be_a_proxy_that_is_not_trusted() -> None:
    (found,) = warnings(public={"client": 12})
    assert "12 connections to the public listener were closed as one address" in found.text
    assert "public.trusted_proxies" in found.remedy
    (found,) = warnings(admin={"client": 1})
    assert "admin.trusted_proxies" in found.remedy


def test_as_many_connections_as_there_may_be_want_more_descriptors() -> None:
    (found,) = warnings(public={"all": 3, "new": 4})
    assert found.level is Level.WARNING
    assert "7 connections to the public listener were closed as there were 500" in found.text
    assert "LimitNOFILE" in found.remedy


def test_who_says_that_it_asks_for_others_and_is_not_trusted_is_named() -> None:
    (found,) = warnings(unknown_proxies=("192.0.2.1", "192.0.2.2", "192.0.2.3", "10.0.0.5"))
    assert found.text.startswith("192.0.2.2, 192.0.2.3, 10.0.0.5 ")
    assert "public.trusted_proxies" in found.remedy


def test_a_copy_that_cannot_be_written_is_broken_and_the_doctor_says_how_old_it_is() -> None:
    well = {"id": "second", "where": "/mnt/web2", "written_here": True, "current": True, "copied_at": None}
    well |= {"error": None}
    bad = well | {"id": "cloud", "copied_at": "2026-11-21T11:20:30Z", "error": "it refuses the keys"}
    (found,) = warnings(copies=(well, bad, well | {"written_here": False}))
    assert (found.level, found.text) == (Level.BROKEN, "cloud, 39 minutes old: it refuses the keys")
    (found,) = warnings(copies=(bad | {"copied_at": None},))
    assert found.text == "cloud, not written since the start: it refuses the keys"
    (found,) = warnings(copies=(well | {"current": False},))
    assert (found.level, found.text) == (Level.WARNING, "second (/mnt/web2) is being written")
