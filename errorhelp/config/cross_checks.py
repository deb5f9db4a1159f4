"""Errors and warnings that only settings seen together show: names given twice, unknown languages, secrets."""

from collections.abc import Collection, Mapping, Sequence

from errorhelp.catalog.catalog import LONGEST_OFFLINE_TIMEOUT, Catalog
from errorhelp.catalog.help import Cause, InheritedHelp
from errorhelp.catalog.infobase import Infobase
from errorhelp.catalog.lists import Access
from errorhelp.config.diagnostics import Diagnostics
from errorhelp.config.settings.configuration import Configuration
from errorhelp.config.settings.infobase_settings import CauseSettings
from errorhelp.config.valid_items import ValidItems
from errorhelp.config.yaml_tree import Location
from errorhelp.formats import v8i
from errorhelp.text.placeholders import OWN_VALUES, unknown_names
from errorhelp.text.texts import in_each_language

# Countries whose codes are taken for those of our languages; where one is a language, few write 1C in it.
_LANGUAGES_OF_COUNTRIES = {"by": "be", "ee": "et", "kz": "kk", "md": "ro", "ua": "uk"}


def check_settings(
    settings: Configuration, items: ValidItems, diagnostics: Diagnostics, *, values_known: bool
) -> None:
    """All that needs no catalog; what `message_values` there are may not be known, where one is invalid."""
    _check_templates(settings, diagnostics, values_known=values_known)
    _check_infobases(items.infobases, diagnostics)
    _check_folders(items, diagnostics)
    _check_hosts(settings, diagnostics)
    diagnostics.check_text(("help", "text"), settings.help.text)
    diagnostics.check_text(("public", "name"), settings.public.name)
    _look_at_languages(settings, diagnostics)
    _look_at_overview(settings, items, diagnostics)
    _look_at_offline_timeout(settings, diagnostics)


def check_catalog(
    catalog: Catalog,
    settings: Configuration,
    items: ValidItems,
    diagnostics: Diagnostics,
    unreadable: Collection[str],
) -> None:
    """What shows only after inheritance, and what addresses lack; `unreadable` are names in invalid items."""
    _check_causes(catalog, settings, items, diagnostics, unreadable)
    _look_at_address(catalog, diagnostics)


def _check_templates(settings: Configuration, diagnostics: Diagnostics, *, values_known: bool) -> None:
    known = tuple(dict.fromkeys((*OWN_VALUES, *settings.message_values)))
    taken: dict[str, Location] = {}
    for name, text in settings.message_values.items():
        diagnostics.check_text(("message_values", name), text)
        if name in OWN_VALUES:
            diagnostics.warn(
                ("message_values", name),
                f"takes the place of the {{{name}}} that errorhelp fills in itself; "
                f"choose another name (e.g. {name}_note) unless that is meant",
            )
    for index, each in enumerate(settings.message_templates):
        here: Location = ("message_templates", index)
        diagnostics.check_once(taken, each.id, (*here, "id"), "is already the id of a template")
        diagnostics.check_text((*here, "name"), each.name)
        diagnostics.check_text((*here, "text"), each.text)
        for wording in in_each_language(each.text):
            for name in unknown_names(wording, known) if values_known else ():
                message = (
                    f"{{{name}}} is not among {', '.join(known)}; use one of them, "
                    "or add another to message_values"
                )
                diagnostics.error((*here, "text"), message)


def _check_infobases(infobases: Mapping[int, Infobase], diagnostics: Diagnostics) -> None:
    """Each check looks at all infobases at once, which are many, and at one by one only where one has failed it."""
    if not infobases:
        diagnostics.warn(("infobases",), "there are no infobases yet; add some, or import a *.v8i")
    _check_ids(infobases, diagnostics)
    _look_for_equal_names(infobases, diagnostics)
    entry_ids: dict[str, str] = {}
    harmless: set[tuple[tuple[str, str], ...]] = set()
    for index, infobase in infobases.items():
        if infobase.language is not None:
            diagnostics.check_language(("infobases", index, "language"), infobase.language)
        if infobase.help.text is not None:
            diagnostics.check_text(("infobases", index, "help", "text"), infobase.help.text)
        if infobase.v8i not in harmless and not _look_at_entry(index, infobase, entry_ids, diagnostics):
            harmless.add(infobase.v8i)


def _check_ids(infobases: Mapping[int, Infobase], diagnostics: Diagnostics) -> None:
    ids = [each.id for each in infobases.values()]
    ids += [alias for each in infobases.values() if each.aliases for alias in each.aliases]
    different = set(ids)
    if len(different) == len(ids) and different.isdisjoint(diagnostics.languages):
        return
    taken: dict[str, Location] = {}
    for index, infobase in infobases.items():
        here: Location = ("infobases", index)
        own: list[tuple[Location, str]] = [((*here, "id"), infobase.id)]
        own += [((*here, "aliases", number), alias) for number, alias in enumerate(infobase.aliases)]
        for location, any_id in own:
            if any_id in diagnostics.languages:
                diagnostics.error(
                    location, f"{any_id!r} is a language of this configuration (e.g. {any_id}_base)"
                )
            diagnostics.check_once(taken, any_id, location, "is already the id or an alias of an infobase")


def _look_for_equal_names(infobases: Mapping[int, Infobase], diagnostics: Diagnostics) -> None:
    if len({(each.folder, each.name) for each in infobases.values()}) == len(infobases):
        return
    names: dict[tuple[str, str], str] = {}
    for index, infobase in infobases.items():
        first = names.setdefault((infobase.folder, infobase.name), infobase.id)
        if first != infobase.id:
            diagnostics.warn(
                ("infobases", index, "name"),
                f"{infobase.name!r} is also the name of {first!r} in the same folder",
            )


def _look_at_entry(
    index: int, infobase: Infobase, entry_ids: dict[str, str], diagnostics: Diagnostics
) -> bool:
    """Whether the keys of a list entry are worth a look again where another infobase has the same."""
    here: Location = ("infobases", index, "v8i")
    keys = dict(infobase.v8i)
    entry_id = keys.get("ID", "").lower()
    if entry_id and entry_ids.setdefault(entry_id, infobase.id) != infobase.id:
        diagnostics.warn((*here, "ID"), f"{entry_id!r} is also the ID of {entry_ids[entry_id]!r}")
    return _look_for_secrets(here, keys, diagnostics) or bool(entry_id)


def _check_folders(items: ValidItems, diagnostics: Diagnostics) -> None:
    taken: dict[str, Location] = {}
    for index, each in items.folders.items():
        here: Location = ("folders", index)
        diagnostics.check_once(taken, each.path, (*here, "path"), "is already configured")
        diagnostics.check_text((*here, "help", "text"), each.help.text)
        _look_for_secrets((*here, "v8i"), each.v8i, diagnostics)


def _check_hosts(settings: Configuration, diagnostics: Diagnostics) -> None:
    taken: dict[str, Location] = {}
    for index, each in enumerate(settings.web_server.hosts):
        here: Location = ("web_server", "hosts", index, "host")
        diagnostics.check_once(taken, each.host, here, "is already configured")


def _look_for_secrets(here: Location, keys: Mapping[str, str], diagnostics: Diagnostics) -> bool:
    """Whether there are some."""
    secrets = [*v8i.secrets_in(keys.items())]
    for secret in secrets:
        diagnostics.warn(here, f"holds a secret, {secret}; lists leave it out, so remove it here")
    return bool(secrets)


def _check_causes(
    catalog: Catalog,
    settings: Configuration,
    items: ValidItems,
    diagnostics: Diagnostics,
    unreadable: Collection[str],
) -> None:
    """Whether what the settings say of a cause comes to a title and a text, with what stands above."""

    def check(here: Location, given: Sequence[CauseSettings | Cause], help_: InheritedHelp) -> None:
        known = {cause.id: cause for cause in help_.causes}
        taken: dict[str, Location] = {}
        for number, each in enumerate(given):
            place: Location = (*here, "causes", number)
            diagnostics.check_once(taken, each.id, (*place, "id"), "is already the id of a cause here")
            diagnostics.check_text((*place, "title"), each.title)
            diagnostics.check_text((*place, "text"), each.text)
            whole = known.get(each.id, Cause(each.id))
            missing = [name for name in ("title", "text") if getattr(whole, name) is None]
            if missing and each.id not in unreadable:
                diagnostics.error(place, f"{each.id!r} is a new cause and needs a {' and a '.join(missing)}")

    check(("help",), settings.help.causes, catalog.default_help)
    for index, folder in items.folders.items():
        check(("folders", index, "help"), folder.help.causes, catalog.help_in(folder.path))
    for index, infobase in items.infobases.items():
        if infobase.help.causes:
            help_ = catalog.inherited_help(infobase)
            check(("infobases", index, "help"), infobase.help.causes, help_)


def _look_at_languages(settings: Configuration, diagnostics: Diagnostics) -> None:
    for index, code in enumerate(settings.languages):
        if (language := _LANGUAGES_OF_COUNTRIES.get(code)) is not None:
            diagnostics.warn(
                ("languages", index),
                f"{code!r} is the code of a country; its language is {language!r}",
            )


def _look_at_overview(settings: Configuration, items: ValidItems, diagnostics: Diagnostics) -> None:
    guarded = [each.access is not Access.PUBLIC for each in items.lists.values()]
    public = settings.public
    if public.overview and "overview" not in public.model_fields_set and guarded and all(guarded):
        diagnostics.warn(
            ("public", "overview"),
            "no list is public, but / shows everybody the names of all infobases; set overview: off, "
            "or on if that is meant",
        )


def _look_at_offline_timeout(settings: Configuration, diagnostics: Diagnostics) -> None:
    if settings.offline.timeout > LONGEST_OFFLINE_TIMEOUT:
        diagnostics.warn(
            ("offline", "timeout"),
            "counts as 60s, since browsers and web servers wait no longer for a page; set 60s or less",
        )


def _look_at_address(catalog: Catalog, diagnostics: Diagnostics) -> None:
    """What is given to others as an address needs its beginning."""
    if catalog.public_url or not catalog.infobases:
        return
    lacking = ["service addresses", "links in the feed"]
    if catalog.lists:
        lacking.append("addresses of lists")
    if any(each.publications for each in catalog.infobases.values()):
        lacking.append("what offline pages ask")
    diagnostics.warn(
        ("public", "url"),
        f"is not set, so {', '.join(lacking)} have no beginning; "
        "say under which address clients reach this (e.g. url: https://help.example.com)",
    )
