"""Help pages: what somebody reads who cannot log in and follows the help link."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from page_reading import help_page, texts
from samples import HOUR, MINUTE, NOON, SECOND, catalog, infobase, message

from errorhelp.answers import help_pages
from errorhelp.answers.answer import NEVER
from errorhelp.catalog.catalog import Catalog
from errorhelp.catalog.help import Cause, Help
from errorhelp.catalog.infobase import Folder
from errorhelp.config.default_causes import shipped_causes
from errorhelp.messages.board import Board
from errorhelp.messages.message import Severity

CAUSES = (
    Cause(
        "no-licence", {"ru": "Не найдена лицензия", "en": "No licence"}, {"ru": "Подождите.", "en": "Wait."}
    ),
    Cause("locked", "Сеансы запрещены", "Звоните **+7 495 123-45-67**"),
)


def a_catalog(help_: Help | None = None, **more: object) -> Catalog:
    """`erp`, once `erp_old`, with two causes."""
    erp = infobase("erp", "ERP", aliases=("erp_old",), help_=help_)
    return replace(catalog(erp), causes=CAUSES, **more)  # type: ignore[arg-type]


def test_it_says_whom_to_call_and_the_number_can_be_tapped() -> None:
    page = help_page(a_catalog(Help(text="Дежурный: +7 (495) 123-45-67, help@example.com")))
    assert page.texts("h1") == ["ERP"]
    assert page.texts(".help") == [
        "Куда обратиться Дежурный: +7 (495) 123-45-67, help@example.com Нужна помощь?"
    ]
    assert page.links["+7 (495) 123-45-67"] == "tel:+74951234567"
    assert page.links["help@example.com"] == "mailto:help@example.com"


def test_messages_stand_there_most_severe_first_each_with_its_end_in_the_configured_zone() -> None:
    page = help_page(
        a_catalog(),
        message("m1", "erp", text="Медленно", severity=Severity.INFO, ends_at=NOON + 2 * HOUR),
        message("m2", "*", text="Не работает", severity=Severity.OUTAGE),
        message("m3", "hr", text="О другой базе"),
    )
    assert page.texts(".message") == [
        "Сбой Не работает До 21 ноября, 16:00 (UTC+3)",
        "Информация Медленно До 21 ноября, 17:00 (UTC+3)",
    ]


@pytest.mark.parametrize(
    ("moment", "shown"), [(NOON - SECOND, 0), (NOON, 1), (NOON + HOUR - SECOND, 1), (NOON + HOUR, 0)]
)
def test_a_message_is_shown_from_its_start_and_gone_at_the_second_of_its_end(moment, shown) -> None:
    assert len(help_page(a_catalog(), message(), now=moment).texts(".message")) == shown


def test_the_page_says_until_when_it_and_each_message_is_right() -> None:
    page = help_page(a_catalog(), message("m1"), message("m2", starts_at=NOON + MINUTE))
    assert page.answer.valid_until == (NOON + MINUTE).timestamp()
    assert page.all("main")[0].get("data-until") == str(int((NOON + MINUTE).timestamp()))
    assert page.all(".message")[0].get("data-ends") == str(int((NOON + HOUR).timestamp()))


def test_without_messages_it_is_right_until_something_is_posted() -> None:
    page = help_page(a_catalog())
    assert page.answer.valid_until == NEVER
    assert page.all("main")[0].get("data-until") is None


def test_each_cause_is_a_section_with_an_anchor() -> None:
    page = help_page(a_catalog())
    assert page.texts("h3") == ["Не найдена лицензия", "Сеансы запрещены"]
    assert [each.get("id") for each in page.all(".cause")] == ["no-licence", "locked"]
    assert page.links["+7 495 123-45-67"] == "tel:+74951234567"


def test_a_nearer_layer_changes_adds_and_leaves_out_causes() -> None:
    here = Help(
        causes=(
            Cause("locked", text=""),
            Cause("no-licence", text="Позвоните Анне."),
            Cause("vpn", "VPN отключён", "Включите."),
        )
    )
    page = help_page(a_catalog(here))
    assert page.texts("h3") == ["Не найдена лицензия", "VPN отключён"]
    assert page.texts(".cause") == [
        "Позвоните Анне. Ссылка на этот раздел",
        "Включите. Ссылка на этот раздел",
    ]


def test_a_folders_causes_are_inherited() -> None:
    finance = Folder("/Finance", Help(causes=(Cause("vpn", "VPN отключён", "Включите."),)))
    below = catalog(infobase("hr", folder="/Finance/Payroll"), infobase("erp"), folders=[finance])
    assert help_page(below, path="/help/hr.html").texts("h3") == ["VPN отключён"]
    assert help_page(below, path="/help/erp.html").texts("h3") == []


def test_it_is_in_the_language_of_its_address_else_the_infobases_own_else_the_first() -> None:
    both = catalog(infobase("erp", language="en"), infobase("hr"))
    for path, language, text in [
        ("/help/ru/erp.html", "ru", "Звоните 112"),
        ("/help/en/hr.html", "en", "Call 112"),
        ("/help/erp.html", "en", "Call 112"),
        ("/help/hr.html", "ru", "Звоните 112"),
    ]:
        page = help_page(both, path=path)
        assert page.all("html")[0].get("lang") == language
        assert text in page.texts(".help")[0]


def test_a_language_that_errorhelp_does_not_speak_gets_its_texts_and_the_rest_in_one_that_it_does() -> None:
    for others, own_language, severity, until, help_ in [
        ((), "en", "Maintenance", "Until", "Who can help"),
        (("ru",), "ru", "Плановые работы", "До", "Куда обратиться"),
    ]:
        finnish = catalog(help_=Help(text={"fi": "Soita 112"}), languages=("fi", *others))
        page = help_page(finnish, message(text={"fi": "Ei käytössä"}), path="/help/fi/erp.html")
        assert page.texts(".message") == [f"{severity} Ei käytössä {until} 21. marraskuuta, 16:00 (UTC+3)"]
        assert page.texts(".help") == [f"{help_} Soita 112"]
        assert (page.all("html")[0].get("lang"), page.all(".text")[0].get("lang")) == (own_language, "fi")


@pytest.mark.parametrize(
    ("language", "shown", "help_"),
    [
        ("az", "Planlı işlər X Bitmə vaxtı: 21 noyabr, 16:00 (UTC+3)", "Kimə müraciət etməli Y"),
        ("be", "Планавыя работы X Да 21 лістапада, 16:00 (UTC+3)", "Куды звярнуцца Y"),
        ("de", "Wartung X Bis 21. November, 16:00 (UTC+3)", "Wer helfen kann Y"),
        ("et", "Plaanilised tööd X Kuni 21. november, 16:00 (UTC+3)", "Kelle poole pöörduda Y"),
        ("hr", "Planirani radovi X Do 21. studenoga, 16:00 (UTC+3)", "Kome se obratiti Y"),
        ("kk", "Жоспарлы жұмыстар X Аяқталуы: 21 қараша, 16:00 (UTC+3)", "Кімге хабарласу керек Y"),
        ("lt", "Planiniai darbai X Iki lapkričio 21 d., 16:00 (UTC+3)", "Kur kreiptis Y"),
        ("lv", "Plānotie darbi X Līdz: 21. novembris, 16:00 (UTC+3)", "Kur vērsties Y"),
        ("ro", "Lucrări planificate X Până la 21 noiembrie, 16:00 (UTC+3)", "Cui vă adresați Y"),
        ("uk", "Планові роботи X До 21 листопада, 16:00 (UTC+3)", "Куди звернутися Y"),
        ("uz", "Rejali ishlar X 21-noyabr, 16:00 (UTC+3) gacha", "Kimga murojaat qilish kerak Y"),
    ],
)
def test_the_page_speaks_the_languages_of_its_readers(language: str, shown: str, help_: str) -> None:
    there = catalog(help_=Help(text={language: "Y"}), languages=(language, "ru"))
    page = help_page(there, message(text={language: "X"}), path=f"/help/{language}/erp.html")
    assert page.texts(".message") == [shown]
    assert page.texts(".help") == [help_]
    assert page.all("html")[0].get("lang") == language


def test_a_text_from_another_language_is_marked_as_one() -> None:
    causes = (Cause("vpn", {"ru": "Нет доступа"}, {"ru": "Включите VPN"}), Cause("all", "X", "Y"))
    mixed = catalog(help_=Help(text={"ru": "Звоните"}, causes=causes), languages=("kk", "ru"))
    page = help_page(mixed, message(text={"ru": "Сбой"}), path="/help/kk/erp.html")
    assert page.all("html")[0].get("lang") == "kk"
    assert [each.get("lang") for each in page.all(".text")] == ["ru", "ru"]
    assert [each.get("lang") for each in page.all("summary")] == ["ru", "kk"]


def test_it_leads_to_its_other_languages_and_to_the_overview() -> None:
    page = help_page(a_catalog(), path="/help/ru/erp_old.html")
    assert page.links["English"] == "../../help/en/erp.html"
    assert page.links["Все базы"] == "../../ru/"
    assert "Все базы" not in help_page(a_catalog(overview=False)).links


@pytest.mark.parametrize(
    "url",
    [
        "https://help.example.com/help/{language}/{infobase}.html",
        "https://help.example.com/help/{infobase}.html",
        "https://help.example.com/1c/help/ru/erp_old.html#locked",
    ],
)
def test_a_help_link_that_leads_to_the_page_itself_is_not_on_it(url: str) -> None:
    page = help_page(a_catalog(Help(url=url), public_url="https://help.example.com"))
    assert "Нужна помощь?" not in page.links


@pytest.mark.parametrize(
    "url",
    [
        "https://wiki.example.com/help/erp.html",
        "https://help.example.com/help/hr.html",
        "https://help.example.com/",
    ],
)
def test_a_help_link_that_leads_elsewhere_is(url: str) -> None:
    page = help_page(a_catalog(Help(url=url), public_url="https://help.example.com"))
    assert page.links["Нужна помощь?"] == url


@pytest.mark.parametrize(
    "path", ["/help/gone.html", "/help/en/gone.html", "/help/de/erp.html", "/help/_unknown.html"]
)
def test_an_unknown_infobase_is_a_404_with_the_help_and_messages_for_everybody(path: str) -> None:
    page = help_page(a_catalog(), message("m1", "erp"), message("m2", "*", text="Нет сети"), path=path)
    text = "Call 112" if "/en/" in path else "Звоните 112"
    assert page.answer.status == 404
    assert text in page.texts(".help")[0]
    assert ["Нет сети" in each for each in page.texts(".message")] == [True]
    assert page.answer.valid_until == (NOON + HOUR).timestamp()
    assert len(page.texts(".cause")) == 2


def test_a_page_for_web_servers_holds_wherever_it_is_shown() -> None:
    whole = replace(a_catalog(), public_url="https://help.example.com")
    page = help_page(whole, message("m1", "*", text="Нет сети"), path=help_pages.ERROR_PATH)
    assert page.texts("h1") == ["Сервер помощи не может ответить на этот запрос"]
    assert "Звоните 112" in page.texts(".help")[0]
    assert len(page.texts(".message")) == 1
    assert page.links["Все базы"] == "https://help.example.com/ru/"
    assert help_page(a_catalog(), path=help_pages.ERROR_PATH).links.keys() == {"112", "Нужна помощь?"}


@pytest.mark.parametrize(
    "path", ["/help/erp", "/help/erp.json", "/help/a/b/erp.html", "/lists/erp.html", "/"]
)
def test_another_address_is_no_help_page(path: str) -> None:
    assert help_pages.page(a_catalog(), Board(()), path, NOON) is None


def test_every_page_of_the_family_is_there() -> None:
    paths = list(help_pages.paths(a_catalog()))
    assert sorted(paths) == [
        "/help/_error.html",
        "/help/_unknown.html", "/help/en/_unknown.html", "/help/en/erp.html", "/help/en/erp_old.html",
        "/help/erp.html", "/help/erp_old.html", "/help/ru/_unknown.html", "/help/ru/erp.html",
        "/help/ru/erp_old.html",
    ]  # fmt: skip
    assert all(help_page(a_catalog(), path=path).texts("h1") for path in paths)


def test_nothing_private_is_on_it() -> None:
    private = replace(message(), author="anna", note="заявка 4711")
    body = help_page(a_catalog(), private).answer.body.decode()
    assert "anna" not in body
    assert "4711" not in body


def test_only_its_own_script_and_style_may_run() -> None:
    page = help_page(a_catalog())
    policy = page.all("meta")[1].get("content")
    assert f"Content-Security-Policy: {policy}; frame-ancestors 'none'\r\n".encode() in page.answer.head
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy


def test_the_causes_that_come_with_it_are_in_both_languages() -> None:
    assert [cause.id for cause in shipped_causes(("ru", "en"))] == [
        "no-connection", "wrong-password", "no-licence", "sessions-locked", "infobase-not-found", "browser-error",
    ]  # fmt: skip
    for cause in shipped_causes(("ru", "en")):
        for text in (cause.title, cause.text):
            assert not isinstance(text, str | None)
            assert text["ru"].strip() and text["en"].strip()


@given(name=texts, text=texts, help_text=texts, title=texts, cause=texts)
@example(*["<svg onload=alert(1)>"] * 5)
@example(*["\ud800\x00\u202e</script>"] * 5)
def test_whatever_people_type_stays_text(
    name: str, text: str, help_text: str, title: str, cause: str
) -> None:
    erp = infobase("erp", name, help_=Help(text=help_text, causes=(Cause("c", title, cause),)))
    page = help_page(catalog(erp), message(text=text))
    page.refuse_what_is_not_ours()
    body = page.answer.body.decode()
    assert not any(mark in body for mark in "\x00\x07\x1b\x85\u202e\u2066\ufffe")
