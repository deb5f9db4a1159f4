"""The name and the logo of the organisation, as the configuration gives them."""

import os
from base64 import b64decode
from pathlib import Path

import pytest
from configurations import errors_in, read, written

from errorhelp.catalog.organisation import LARGEST_LOGO
from errorhelp.config import ConfigurationError, load, load_copy

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
WITH_LOGO = "languages: [ru, en]\npublic: {name: {ru: Чай, en: Tea}, logo: images/logo}\n"


def with_logo(folder: Path, content: bytes) -> Path:
    """The folder, with that logo in it."""
    (folder / "images").mkdir(exist_ok=True)
    (folder / "images/logo").write_bytes(content)
    return folder


def test_neither_is_needed(tmp_path: Path) -> None:
    organisation = read(tmp_path, "languages: [ru]\n").catalog.organisation
    assert (organisation.name, organisation.logo) == ("", None)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (SVG, "image/svg+xml"),
        (b'<?xml version="1.0"?>\n<!-- ours -->\n<!DOCTYPE svg>\n' + SVG, "image/svg+xml"),
        (PNG + bytes(LARGEST_LOGO - len(PNG)), "image/png"),
    ],
)
def test_the_kind_of_a_logo_is_that_of_what_is_in_it(tmp_path: Path, content: bytes, kind: str) -> None:
    organisation = read(with_logo(tmp_path, content), WITH_LOGO).catalog.organisation
    assert organisation.name == {"ru": "Чай", "en": "Tea"}
    assert organisation.logo is not None
    head, _, encoded = organisation.logo.url.partition(",")
    assert head == f"data:{kind};base64"
    assert b64decode(encoded) == content


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (PNG + bytes(LARGEST_LOGO), "is larger than 64 KiB; save it smaller, or as SVG"),
        *(
            (content, "is neither PNG nor SVG by what is in it; save it as one of them")
            for content in (
                b"",
                b"\xff\xd8\xff\xe0 a JPEG",
                b"<svg/>",
                b"<html><svg xmlns='http://www.w3.org/2000/svg'/></html>",
                b'<!DOCTYPE svg [<!ENTITY a "b">]><svg xmlns="http://www.w3.org/2000/svg">&a;</svg>',
                b'<svg xmlns="http://www.w3.org/2000/svg">',
            )
        ),
    ],
)
def test_what_is_no_logo_is_refused_with_its_place(tmp_path: Path, content: bytes, what: str) -> None:
    (error,) = errors_in(with_logo(tmp_path, content), WITH_LOGO)
    assert error == f"2:42: public.logo: images/logo {what}"


def test_a_logo_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    assert errors_in(tmp_path, WITH_LOGO) == [
        "2:42: public.logo: images/logo cannot be read: No such file or directory"
    ]


def test_a_logo_that_cannot_even_be_looked_for_is_an_error_beside_the_others(tmp_path: Path) -> None:
    name = "x" * 300
    errors = errors_in(tmp_path, f"public: {{logo: {name}}}\ncolour: red\n")
    assert len(errors) == 2
    assert any(error.endswith(f"{name} cannot be read: File name too long") for error in errors)


def test_what_is_not_a_file_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    os.mkfifo(tmp_path / "images/logo")
    assert errors_in(tmp_path, WITH_LOGO) == [
        "2:42: public.logo: images/logo is not a file; name a PNG or SVG"
    ]


def test_a_name_in_a_language_that_there_is_not_is_an_error(tmp_path: Path) -> None:
    (error,) = errors_in(tmp_path, "languages: [ru]\npublic: {name: {en: Tea}}\n")
    assert "'en' is not one of the languages (ru)" in error


def test_another_logo_makes_another_configuration_and_is_noticed_where_it_is_refused(tmp_path: Path) -> None:
    first = read(with_logo(tmp_path, SVG), WITH_LOGO)
    second = read(with_logo(tmp_path, PNG), WITH_LOGO)
    assert first.digest != second.digest
    assert first.seen[tmp_path / "images/logo"] != second.seen[tmp_path / "images/logo"]
    with pytest.raises(ConfigurationError) as refused:
        load(written(with_logo(tmp_path, b"nothing"), WITH_LOGO))
    assert tmp_path / "images/logo" in refused.value.seen


def test_a_copy_of_the_configuration_does_without_a_logo_that_cannot_be_used(tmp_path: Path) -> None:
    loaded = read(with_logo(tmp_path, SVG), WITH_LOGO)
    assert load_copy(loaded.contents).catalog.organisation == loaded.catalog.organisation
    (tmp_path / "images/logo").unlink()
    assert load_copy(loaded.contents).catalog.organisation.logo is None
