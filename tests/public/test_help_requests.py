"""Who asked for help: counted at every request, and for a while kept whole, without secrets."""

import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from public_site import Site, ask, serving
from samples import catalog, infobase
from work import counted

from benchmarks.hostile_bodies import BODIES
from errorhelp.public.help_requests import LONGEST_CAPTURE, MOST_AGENTS, MOST_CAPTURED, Asked, client_kind
from errorhelp.public.request_bodies import HelpRequest

ERP = "/help/erp.json"
THIN_CLIENT = "1CV8C/8.3.27"


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def asked(clock: Clock | None = None) -> Asked:
    bases = catalog(infobase("erp", aliases=("erp_old",)))
    return Asked(clock or Clock(), lambda: bases)


def request(
    path: str = ERP, method: str = "GET", body: bytes | None = b"", query: str = "", **headers: str
) -> HelpRequest:
    named = CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()})
    return HelpRequest(method, path, CIMultiDictProxy(named), "10.0.0.7", body, query)


def test_requests_are_counted_by_address_and_kind_of_client_with_the_time_of_the_last() -> None:
    clock = Clock()
    counting = asked(clock)
    for agent in (THIN_CLIENT, "1C+Enterprise/8.3", "Mozilla/5.0 (X11)", "curl/8"):
        clock.now += 1
        counting(request(User_Agent=agent))
    counting(request("/help/ru/erp.json"))
    tally = counting.tally([ERP, "/help/ru/erp.json", "/help/en/erp.json"])
    assert tally.count == 5
    assert tally.last == 1004
    assert tally.kinds == {"1c": 2, "browser": 1, "script": 1, "none": 1}


def test_powershell_is_a_script_though_it_calls_itself_a_browser() -> None:
    assert client_kind("Mozilla/5.0 (Windows NT 10.0) WindowsPowerShell/5.1.17763") == "script"
    assert client_kind("Мой клиент 1С/8.3") == "1c"
    assert client_kind("kiosk") == "other"


def test_an_infobase_that_nobody_asked_about_has_an_empty_tally() -> None:
    assert asked().tally([ERP]).count == 0


def test_addresses_come_in_the_order_in_which_they_were_asked_last() -> None:
    clock, bases = Clock(), catalog(*(infobase(f"ib{number}") for number in range(12_000)))
    counting = Asked(clock, lambda: bases)
    assert [*counting.latest_first()] == []
    paths = [f"/help/ib{number}.json" for number in range(12_000)]
    for path in (*paths, "/help/gone.json", paths[7], paths[11_000]):
        clock.now += 1
        counting(request(path))
    last = [paths[11_000], paths[7], paths[11_999]]
    found = [*counting.latest_first()]
    assert (found[:3], len(found), found[-1]) == (last, 12_000, paths[0])
    unasked = ["/help/en/ib1.json", "/help/en/ib0.json"]
    assert counting.in_order([*unasked, paths[0], paths[7]]) == [paths[7], paths[0], *unasked]


def test_addresses_of_unknown_infobases_are_listed_the_latest_first_and_are_few() -> None:
    counting = asked()
    for number in range(1000):
        counting(request(f"/help/gone{number}.json"))
    counting(request("/help/gone999.json"))
    assert next(iter(counting.unknown)) == "/help/gone999.json"
    assert counting.unknown["/help/gone999.json"].count == 2
    assert len(counting.unknown) <= 50


def test_names_of_clients_do_not_fill_the_memory() -> None:
    counting = asked()
    for number in range(1000):
        counting(request(User_Agent=f"client {number}"))
    tally = counting.tally([ERP])
    assert tally.count == 1000
    assert len(tally.agents) < 100


def test_nothing_is_kept_until_somebody_captures() -> None:
    counting = asked()
    counting(request())
    assert counting.captured == []
    assert counting.capture_until is None


def test_a_captured_request_is_whole_but_for_its_secrets() -> None:
    counting = asked()
    counting.capture()
    counting(
        request(
            method="POST",
            body='{"user": "Иванов", "password": "hunter2"}'.encode(),
            query="lang=ru&token=hunter2",
            Content_Type="application/json",
            Authorization="Basic hunter2",
            User_Agent=THIN_CLIENT,
        )
    )
    (captured,) = counting.captured
    assert (captured.method, captured.peer, captured.at) == ("POST", "10.0.0.7", 1000)
    assert captured.target.startswith("/help/erp.json?lang=ru&token=")
    assert ("User-Agent", THIN_CLIENT) in captured.headers
    assert captured.body is not None
    assert "Иванов" in captured.body
    assert "hunter2" not in str(captured)


def test_a_body_that_did_not_come_whole_is_told_from_an_empty_one() -> None:
    counting = asked()
    counting.capture()
    counting(request(body=None))
    counting(request(body=b""))
    assert [each.body for each in counting.captured] == ["", None]


def test_requests_are_captured_for_an_hour_at_most_and_each_is_forgotten_after_an_hour() -> None:
    clock = Clock()
    counting = asked(clock)
    counting.capture(10 * LONGEST_CAPTURE)
    clock.now += 1
    counting(request())
    clock.now += LONGEST_CAPTURE - 1
    counting(request())
    assert len(counting.captured) == 1, "the hour is over"
    assert counting.capture_until is None
    clock.now += 2
    assert counting.captured == []


def test_only_the_newest_requests_are_kept_the_newest_first() -> None:
    counting = asked()
    counting.capture()
    for number in range(2 * MOST_CAPTURED):
        counting(request(query=str(number)))
    assert len(counting.captured) == MOST_CAPTURED
    assert counting.captured[0].target.endswith(f"?{2 * MOST_CAPTURED - 1}")


def test_capturing_can_be_stopped_and_what_was_captured_forgotten() -> None:
    counting = asked()
    counting.capture()
    counting(request())
    counting.stop_capture()
    counting(request())
    assert len(counting.captured) == 1
    counting.forget()
    assert counting.captured == []


def test_followers_are_called_for_captured_requests_only() -> None:
    counting, signals = asked(), list[None]()
    counting.on_captured(lambda: signals.append(None))
    counting(request())
    counting.capture()
    counting(request())
    assert len(signals) == 1


@pytest.mark.integration
async def test_what_the_public_listener_answers_is_counted_and_while_captured_kept_whole() -> None:
    site = Site()
    counting = Asked(site.clock, lambda: site.snapshot.catalog)
    async with serving(site, on_help_request=counting):
        await ask(site, "GET", ERP, [("User-Agent", THIN_CLIENT)])
        await ask(site, "HEAD", "/help/en/erp.json")
        await ask(site, "GET", "/help/gone.json")
        await ask(site, "GET", "/readyz")
        assert counting.captured == []
        counting.capture()
        await ask(site, "GET", f"{ERP}?lang=ru", [("Cookie", "a=hunter2")])
        await ask(site, "GET", ERP)
    assert counting.tally([ERP, "/help/en/erp.json"]).count == 4
    assert counting.tally([ERP]).kinds == {"1c": 1, "none": 2}
    assert list(counting.unknown) == ["/help/gone.json"]
    assert [each.target for each in counting.captured] == [ERP, f"{ERP}?lang=ru"]
    assert "hunter2" not in str(counting.captured)


def test_addresses_made_up_with_other_languages_fill_no_memory() -> None:
    bases = catalog(infobase("erp"))
    counting = Asked(lambda: 0.0, lambda: bases)
    for number in range(3000):
        counting.count(f"/help/x{number}/erp.json", THIN_CLIENT, 0.0)
    assert len(counting.unknown) <= 50
    assert counting.tally(f"/help/x{number}/erp.json" for number in range(3000)).count == 0


def test_a_name_of_a_client_is_cut_before_it_is_kept_and_counts_all_the_same() -> None:
    counting = asked()
    for number in range(100):
        counting(request(User_Agent="1CV8C/8.3.27 " + "x" * 8000 + str(number)))
    tally = counting.tally([ERP])
    assert tally.kinds == {"1c": 100}
    assert max(map(len, tally.agents)) <= 200


def test_names_made_up_for_many_infobases_take_a_bounded_memory_and_each_counts_by_its_kind() -> None:
    bases = catalog(*(infobase(f"ib{number}") for number in range(1000)))
    counting = Asked(lambda: 0.0, lambda: bases)
    paths = [f"/help/ib{number}.json" for number in range(1000)]
    for path in paths:
        for number in range(40):
            counting.count(path, f"1CV8C/{number}", 0.0)
        counting.count(path, "curl/8", 0.0)
    assert sum(len(counting.tally([path]).agents) for path in paths) <= MOST_AGENTS + 1000 * 5
    assert counting.tally(paths).kinds == {"1c": 40_000, "script": 1000}


@pytest.mark.parametrize("name", BODIES)
def test_capturing_a_request_that_is_made_to_be_slow_holds_nobody_up(name: str) -> None:
    counting = asked()
    counting.capture()
    agent = {f"X_{number}": "1.1.1.1 " * 900 for number in range(90)}
    with counted() as work:
        for _ in range(50):
            counting(request(method="POST", body=BODIES[name], query="a&" * 4000, **agent))
    # A few of them are all that a second has.
    assert work.calls <= 200_000
    assert 1 <= len(counting.captured) <= 2
    assert counting.not_captured == 50 - len(counting.captured)
    (captured, *_) = counting.captured
    assert len(captured.body or "") + len(captured.target) + len(str(captured.headers)) <= 150_000


def test_what_was_too_much_for_one_second_is_captured_in_the_next() -> None:
    clock = Clock()
    counting = asked(clock)
    counting.capture()
    for _ in range(10):
        counting(request(method="POST", body=b"x" * 60_000))
    assert len(counting.captured) == 2
    clock.now += 1
    counting(request(method="POST", body=b"x" * 60_000))
    assert len(counting.captured) == 3
