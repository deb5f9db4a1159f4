"""Connection lists out of their settings."""

from collections.abc import Iterator, Mapping

from errorhelp.catalog.lists import Access, ConnectionList, Rule
from errorhelp.config.diagnostics import Diagnostics
from errorhelp.config.secret_lookup import SecretLookup
from errorhelp.config.settings.infobase_settings import ListSettings
from errorhelp.config.target_references import TargetReferences
from errorhelp.config.yaml_tree import Location


def build_lists(
    lists: Mapping[int, ListSettings],
    references: TargetReferences,
    secrets: SecretLookup,
    diagnostics: Diagnostics,
) -> Iterator[ConnectionList]:
    """The lists, with the tokens that guard them."""
    taken: dict[str, Location] = {}
    for index, each in lists.items():
        here: Location = ("lists", index)
        diagnostics.check_once(taken, each.id, (*here, "id"), "is already the id of a list")
        diagnostics.check_language((*here, "language"), each.language)
        if not (each.folders or each.infobases or each.rules):
            diagnostics.warn(here, "is empty; say which infobases it has (e.g. folders: [/] for all)")
        yield ConnectionList(
            id=each.id,
            folders=references.look_up((*here, "folders"), each.folders),
            infobases=references.look_up((*here, "infobases"), each.infobases),
            language=each.language,
            access=each.access,
            token=_token(here, each, secrets, diagnostics),
            rules=tuple(_rules(here, each, references, diagnostics)),
            carries_messages=each.carries_messages,
        )


def _rules(
    here: Location, each: ListSettings, references: TargetReferences, diagnostics: Diagnostics
) -> Iterator[Rule]:
    if each.rules and each.access is not Access.PROXY:
        diagnostics.error((*here, "rules"), "needs a proxy that names the user; set access: proxy")
    if each.rules and (each.folders or each.infobases):
        diagnostics.error(here, "has rules, so its folders and infobases stand in those, not beside them")
    for number, rule in enumerate(each.rules):
        place = (*here, "rules", number)
        if not rule.users and not rule.groups:
            diagnostics.error(place, "names neither users nor groups (e.g. groups: [accountants])")
        folders = references.look_up((*place, "folders"), rule.folders)
        infobases = references.look_up((*place, "infobases"), rule.infobases)
        yield Rule(
            users=frozenset(map(str.casefold, rule.users)),
            groups=frozenset(map(str.casefold, rule.groups)),
            targets=(*folders, *infobases),
        )


def _token(here: Location, each: ListSettings, secrets: SecretLookup, diagnostics: Diagnostics) -> str | None:
    if each.access is not Access.TOKEN:
        if each.token is not None:
            diagnostics.error(
                (*here, "token"), f"is of no use with access {each.access.value!r}; set access: token"
            )
        return None
    if each.token is None:
        diagnostics.error(here, "access: token needs a token (e.g. token: {env: OFFICE_LIST_TOKEN})")
        return None
    return secrets.secret((*here, "token"), each.token)
