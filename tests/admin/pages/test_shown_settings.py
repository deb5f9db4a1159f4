"""The settings page shows the files in force, of long lists only their beginning."""

from pathlib import Path

import pytest
import yaml

from errorhelp.admin.pages.settings_page import shown_files

FILE = Path("errorhelp.yaml")
DASHES = "".join(f"- {{id: ib{each}, v8i: {{Connect: 'Srvr=s;Pwd=secret'}}}}\n" for each in range(103))
BRACKETS = f"[{', '.join(f'{{id: ib{each}}}' for each in range(103))}]\n"
ANCHORS = "- &first {id: ib0}\n" + "".join(f"- {{id: ib{each}}}\n" for each in range(1, 103))


@pytest.mark.parametrize("infobases", [f"\n{DASHES}", BRACKETS, f"\n{ANCHORS}"])
def test_of_many_infobases_the_first_hundred_are_shown(infobases: str) -> None:
    text = f"help: {{text: Call 112}}\ninfobases: {infobases}lists: [{{id: all}}]\n"
    ((_, shown),) = shown_files({FILE: text.encode()})
    values = yaml.safe_load(shown)
    assert list(values) == ["help", "infobases", "lists"]
    assert [each["id"] for each in values["infobases"][:-1]] == [f"ib{each}" for each in range(100)]
    assert values["infobases"][-1] == "… 3 more"
    assert "secret" not in shown


def test_a_few_infobases_are_shown_all() -> None:
    ((_, shown),) = shown_files({FILE: b"infobases:\n- {id: erp}\n- {id: crm}\n"})
    assert yaml.safe_load(shown) == {"infobases": [{"id": "erp"}, {"id": "crm"}]}
