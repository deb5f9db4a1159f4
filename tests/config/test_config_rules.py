"""One address for all: rules in the configuration say who finds what."""

from pathlib import Path

import pytest

from errorhelp.config import ConfigurationError, load

INFOBASES = """
infobases:
  - {id: erp, name: ERP, connect: {server: s, ref: r}, folder: /Production}
  - {id: payroll, name: Payroll, connect: {server: s, ref: z}, folder: /Finance}
lists:
  - id: mine
"""


def loaded(folder: Path, text: str) -> object:
    file = folder / "errorhelp.yaml"
    file.write_text(INFOBASES + text, "utf-8")
    return load(file)


def test_rules_match_users_and_groups_whatever_their_case(tmp_path: Path) -> None:
    file = tmp_path / "errorhelp.yaml"
    rules = "[{users: Ann, infobases: erp}, {groups: [HR, Pay], folders: /Finance}]"
    file.write_text(f"{INFOBASES}    access: proxy\n    rules: {rules}\n", "utf-8")
    catalog = load(file).catalog
    mine = catalog.lists["mine"]

    def finds(user: str, *groups: str) -> list[str]:
        return [each.id for each in catalog.in_list(mine, mine.matching(user, groups))]

    assert finds("ann") == ["erp"]
    assert finds("ANN", "hr") == ["erp", "payroll"]
    assert finds("bob", "pay") == ["payroll"]
    assert finds("bob", "staff") == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("    rules: [{users: ann, infobases: erp}]", "set access: proxy"),
        ("    access: proxy\n    folders: /\n    rules: [{users: ann, infobases: erp}]", "stand in those"),
        ("    access: proxy\n    rules: [{infobases: erp}]", "names neither users nor groups"),
        ("    access: proxy\n    rules: [{users: ann, infobases: epr}]", "did you mean 'erp'"),
        ("    access: proxy\n    rules: [{users: ann, folders: /Fin}]", "did you mean '/Finance'"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_with_the_remedy(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match="lists\\[0\\]") as refused:
        loaded(tmp_path, text)
    assert says in str(refused.value)


def test_a_token_in_a_file_is_a_part_of_the_configuration_and_its_change_is_noticed(tmp_path: Path) -> None:
    token, file = tmp_path / "office.token", tmp_path / "errorhelp.yaml"
    file.write_text(f"{INFOBASES}    access: token\n    token: {{file: office.token}}\n", "utf-8")
    token.write_text("first", "utf-8")
    before = load(file)
    token.write_text("second", "utf-8")
    after = load(file)

    assert before.digest != after.digest
    assert after.catalog.lists["mine"].token == "second"
    assert token in after.seen
