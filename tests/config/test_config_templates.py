"""Ready messages in the configuration: what they name must be known."""

from pathlib import Path

import pytest

from errorhelp.config import ConfigurationError, load
from errorhelp.messages.message import Severity

GOOD = """
languages: [ru, en]
message_values: {phone: {ru: "112", en: "911"}, room: "7"}
message_templates:
  - {id: outage, name: Сбой, text: {ru: "{infobase} до {until}, {phone}", en: "{room}"}}
  - {id: slow, name: {ru: Медленно, en: Slow}, severity: info, text: Ждите}
"""


def test_templates_and_values_are_read(tmp_path: Path) -> None:
    file = tmp_path / "errorhelp.yaml"
    file.write_text(GOOD, "utf-8")
    settings = load(file).settings
    assert settings.message_values == {"phone": {"ru": "112", "en": "911"}, "room": "7"}
    assert [(each.id, each.severity) for each in settings.message_templates] == [
        ("outage", Severity.OUTAGE),
        ("slow", Severity.INFO),
    ]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            "{phone}",
            "{fone}",
            r"templates\[0\].text: \{fone\} is not among infobase, from, until, phone, room",
        ),
        ("{phone}", "{база}", r"templates\[0\].text: \{база\} is not among .* use one of them"),
        ("id: slow", "id: outage", r"'outage' is already the id of a template"),
        ("ru: Медленно", "de: Langsam", r"templates\[1\].name.de: 'de' is not one of the languages"),
        ('ru: "112"', 'de: "112"', r"message_values.phone.de: 'de' is not one of the languages"),
        ('room: "7"', 'Room: "7"', r"'Room' must be a name"),
        ("severity: info", "severity: bad", r"must be 'info', 'maintenance' or 'outage'"),
    ],
)
def test_an_error_in_them_is_reported_with_its_place(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    file = tmp_path / "errorhelp.yaml"
    file.write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(ConfigurationError, match=complaint):
        load(file)


@pytest.mark.parametrize("name", ["infobase", "from", "until"])
def test_a_value_named_like_one_that_every_message_has_wins_with_a_warning(tmp_path: Path, name: str) -> None:
    file = tmp_path / "errorhelp.yaml"
    file.write_text(GOOD.replace("room", name), "utf-8")
    loaded = load(file)
    assert loaded.catalog.values[name] == "7"
    assert [
        (each.path, each.message.partition(";")[0]) for each in loaded.warnings if "values" in each.path
    ] == [(f"message_values.{name}", f"takes the place of the {{{name}}} that errorhelp fills in itself")]
