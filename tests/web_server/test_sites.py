"""What the web server in front serves: which hosts go together, what is left out, what is refused."""

from pathlib import Path

import pytest
from configurations import read

from errorhelp.catalog.infobase import Infobase, Publication
from errorhelp.config.web_server_builder import build_front
from errorhelp.formats.connect_string import ServerConnection
from errorhelp.web_server.sites import (
    Certificate,
    FrontSettings,
    Host,
    SitePublication,
    Sites,
    UnusableSites,
    sites_of,
)

FOR_ALL, OWN = Certificate("/all.pem", "/all.key"), Certificate("/own.pem", "/own.key")
BACKEND = "http://192.0.2.10"


def sites(
    *addresses: str,
    public_url: str = "https://help.example.com",
    certificate: Certificate | None = FOR_ALL,
    languages: tuple[str, ...] = (),
    **hosts: Host,
) -> Sites:
    """Those of infobases with these publications, the first called `a`, on hosts such as `one` for one.example.com."""
    infobases = [
        Infobase(name, name, ServerConnection("s", name), publications=(Publication(address),))
        for name, address in zip("abcdefgh", addresses, strict=False)
    ]
    by_name = {f"{name}.example.com": host for name, host in hosts.items()}
    front = FrontSettings("/tree", ("127.0.0.1:8080",), certificate, by_name)
    return sites_of(infobases, public_url, front, languages=languages)


def test_errorhelps_own_name_is_served_with_publications_of_the_same_certificate():
    (site,) = sites("https://one.example.com/a/", "https://one.example.com/x/Б", one=Host(BACKEND)).sites
    assert (site.names, site.port) == (("one.example.com", "help.example.com"), 443)
    assert (site.backend_scheme, site.backend_address) == ("http", "192.0.2.10:80")
    assert site.publications == (SitePublication("/a", "a", False), SitePublication("/x/Б", "b", False))


def test_a_host_with_a_certificate_a_port_or_a_backend_of_its_own_is_served_apart():
    found = sites(
        "https://one.example.com/a",
        "https://two.example.com/a",
        "https://one.example.com:8443/a",
        "http://one.example.com/a",
        one=Host(BACKEND),
        two=Host("https://192.0.2.11:444", OWN),
    )
    assert [(each.authority, each.port, each.certificate, each.names[1:]) for each in found.sites] == [
        ("one.example.com", 80, None, ()),
        ("one.example.com", 443, FOR_ALL, ("help.example.com",)),
        ("one.example.com:8443", 8443, FOR_ALL, ()),
        ("two.example.com", 443, OWN, ()),
    ]
    assert found.sites[3].backend_address == "192.0.2.11:444"
    assert len({each.backend_name for each in found.sites}) == 4
    # The others are served without TLS themselves, or at another port.
    assert found.only_with_tls == ["help.example.com", "two.example.com"]


def test_errorhelp_alone_is_a_site_too():
    (site,) = sites().sites
    assert (site.names, site.publications) == (("help.example.com",), ())
    (plain,) = sites(public_url="http://help.example.com:8000", certificate=None).sites
    assert (plain.port, plain.certificate) == (8000, None)


def test_publications_of_a_host_without_a_backend_are_left_out_and_counted():
    addresses = [
        f"https://{address}" for address in ("one.example.com/a", "two.example.com/a", "two.example.com/b")
    ]
    found = sites(*addresses, one=Host(BACKEND), two=Host(None, OWN))
    assert found.left_out == {"two.example.com": 2}
    assert [each.infobase for site in found.sites for each in site.publications] == ["a"]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("https://one.example.com/", "needs a path of letters"),
        ("https://one.example.com/a b", "needs a path of letters"),
        ("https://one.example.com/a;}", "needs a path of letters"),
        ("https://one.example.com/a?x=1", "nothing behind it"),
        ("https://one.example.com/help", "where errorhelp's own addresses are"),
        ("https://one.example.com/offline/x", "where errorhelp's own addresses are"),
    ],
)
def test_a_publication_that_cannot_be_served_is_left_out_with_the_reason(address: str, said: str):
    found = sites("https://one.example.com/fine", address, one=Host(BACKEND))
    (reason,) = found.unusable
    assert said in reason
    assert [each.path for site in found.sites for each in site.publications] == ["/fine"]


def test_a_publication_in_the_place_of_the_overview_in_a_language_is_left_out():
    for name, is_usable in (("one", True), ("help", False)):
        address = f"https://{name}.example.com/en/x"
        found = sites(address, languages=("ru", "en"), **{name: Host(BACKEND)})
        assert (found.unusable == ()) == is_usable


@pytest.mark.parametrize(
    "front",
    [
        FrontSettings("/tree", ("a;b:80",)),
        FrontSettings("/tree", ("127.0.0.1:0",)),
        FrontSettings("/tree", ("s:80",), hosts={"a;b": Host(BACKEND)}),
        FrontSettings("/tree", ("s:80",), hosts={"~^one": Host(BACKEND)}),
        FrontSettings("/tree", ("s:80",), hosts={"one": Host("http://a{b")}),
        FrontSettings("/tree", ("s:80",), hosts={"one": Host("http://a:0")}),
        FrontSettings("/$tree", ("s:80",)),
        FrontSettings('/"tree', ("s:80",)),
        FrontSettings("/tree", ("s:80",), Certificate("/${host}.pem", "/key")),
        FrontSettings("/tree", ("s:80",), hosts={"one": Host(None, Certificate("/pem", "/$key"))}),
    ],
)
def test_what_would_end_a_word_of_the_file_or_stand_for_another_is_refused(front: FrontSettings):
    with pytest.raises(UnusableSites, match="cannot be written down"):
        sites_of([], "http://help.example.com", front)


def test_a_public_address_that_would_end_a_word_of_the_file_is_refused():
    with pytest.raises(UnusableSites, match=r"'https://a;b' in public\.url cannot be written down"):
        sites(public_url="https://a;b")


def test_hosts_that_look_alike_have_backends_of_their_own():
    addresses = (f"https://{host}.example.com/a" for host in ("hr-one", "hr.one", "hr_one"))
    hosts = {name: Host(BACKEND) for name in ("hr-one", "hr.one", "hr_one")}
    assert len({each.backend_name for each in sites(*addresses, **hosts).sites}) == 3


def test_a_host_in_any_alphabet_is_the_one_of_its_publications(tmp_path: Path):
    text = """
publish: tree
public: {url: http://help.example.com}
web_server: {hosts: [{host: Бухгалтерия.example.com, backend: "http://192.0.2.10"}]}
infobases:
  - {id: erp, name: ERP, connect: {server: s, ref: e}, publications: http://бухгалтерия.example.com/Учёт}
"""
    loaded = read(tmp_path, text)
    front = build_front(loaded.settings, loaded.tree)
    found = sites_of(loaded.catalog.infobases.values(), loaded.catalog.public_url, front)
    (site,) = found.sites
    assert site.names == ("xn--80abgjpq0bofu1j.example.com", "help.example.com")
    assert [each.path for each in site.publications] == ["/Учёт"]


def test_what_is_missing_is_named():
    with pytest.raises(UnusableSites, match=r"set public\.url"):
        sites(public_url="")
    with pytest.raises(UnusableSites, match="has a path"):
        sites(public_url="https://example.com/errorhelp")
    with pytest.raises(
        UnusableSites, match=r"set web_server\.certificate .* that help\.example\.com is served"
    ):
        sites(certificate=None)
