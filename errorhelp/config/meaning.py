"""What a valid-looking configuration means: cross-checks, secrets, and the catalog."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from errorhelp.catalog import (
    Access,
    Catalog,
    Cause,
    ConnectionList,
    Folder,
    Help,
    Infobase,
    InheritedHelp,
    Offline,
    Publication,
    Rule,
)
from errorhelp.config.causes import causes, shipped_causes
from errorhelp.config.models import (
    CauseSettings,
    Configuration,
    FolderSettings,
    ForwardSettings,
    GroupSettings,
    HelpSettings,
    InfobaseSettings,
    ListSettings,
    SecretSettings,
    SecretTextSettings,
    UserSettings,
    WindowSettings,
)
from errorhelp.config.tree import Location
from errorhelp.formats import v8i
from errorhelp.formats.help_json import HelpJsonFormat
from errorhelp.formats.standard_webhooks import read_key
from errorhelp.messages import Window
from errorhelp.people import People, Person, Role, User
from errorhelp.reports import by_apprise
from errorhelp.reports.target import Target, check_header, check_webhook
from errorhelp.reports.wording import read_template
from errorhelp.texts import Text, in_each_language
from errorhelp.wording import OWN_VALUES, unknown_names

_Given = TypeVar("_Given")
_Checked = TypeVar("_Checked")
_EXAMPLE_TIME = datetime(2026, 11, 21, 11, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong or remarkable at a location; with `key` at its key, `other` is where it clashes with."""

    location: Location
    message: str
    key: bool = False
    other: Location | None = None


@dataclass(frozen=True, slots=True)
class Items:
    """The valid items of the configuration's lists, by index, and the ids and folders invalid ones name."""

    folders: Mapping[int, FolderSettings]
    infobases: Mapping[int, InfobaseSettings]
    lists: Mapping[int, ListSettings]
    windows: Mapping[int, WindowSettings]
    unreadable: Collection[str]


class Meaning:
    """Turns settings into a catalog and collects what is wrong or remarkable on the way.

    Files that settings name are looked for in `base`. Without `languages_known` texts may be in any language.
    """

    def __init__(
        self,
        settings: Configuration,
        items: Items,
        base: Path,
        environment: Mapping[str, str] | None,
        *,
        languages_known: bool = True,
    ) -> None:
        self.mistakes: list[Remark] = []
        self.warnings: list[Remark] = []
        self.secrets: list[str] = []
        self.secret_files: list[Path] = []
        self._settings = settings
        self._items = items
        self._base = base
        self._environment = environment
        self._languages = settings.languages if languages_known else ()
        self._check_ids()
        self._check_templates()
        self._look_at_infobases()
        bare = Catalog(
            infobases={each.id: self._infobase(index, each) for index, each in items.infobases.items()},
            folders=self._folders(),
            lists={},
            windows=(),
            help=self._help(("help",), settings.help),
            languages=settings.languages,
            zone=settings.time_zone,
            help_json=HelpJsonFormat(**settings.help_json.model_dump()),
            public_url=(settings.public.url or "").rstrip("/"),
            offline=Offline(**settings.offline.model_dump(), reports=settings.reports.enabled),
            causes=shipped_causes(),
            overview=settings.public.overview,
        )
        self._check_causes(bare)
        self._look_at_overview()
        self._look_at_address(bare)
        self.people = self._people(bare)
        # Lists and windows name infobases and folders, so they are read against a catalog of those.
        self.catalog = replace(
            bare, lists={each.id: each for each in self._lists(bare)}, windows=tuple(self._windows(bare))
        )
        self.targets = tuple(self._forward_targets(bare))

    def _check_templates(self) -> None:
        known = (*OWN_VALUES, *self._settings.message_values)
        taken: dict[str, Location] = {}
        for name, text in self._settings.message_values.items():
            self._check_text(("message_values", name), text)
        for index, each in enumerate(self._settings.message_templates):
            here: Location = ("message_templates", index)
            self._check_once(taken, each.id, (*here, "id"), "is already the id of a template")
            self._check_text((*here, "name"), each.name)
            self._check_text((*here, "text"), each.text)
            for wording in in_each_language(each.text):
                for name in unknown_names(wording, known):
                    message = (
                        f"{{{name}}} is not among {', '.join(known)}; use one of them, "
                        "or add another to message_values"
                    )
                    self._mistake((*here, "text"), message)

    def _check_ids(self) -> None:
        taken: dict[str, Location] = {}
        for index, infobase in self._items.infobases.items():
            here: Location = ("infobases", index)
            own: list[tuple[Location, str]] = [((*here, "id"), infobase.id)]
            own += [((*here, "aliases", number), alias) for number, alias in enumerate(infobase.aliases)]
            for location, any_id in own:
                if any_id in self._languages:
                    self._mistake(
                        location, f"{any_id!r} is a language of this configuration (e.g. {any_id}_base)"
                    )
                self._check_once(taken, any_id, location, "is already the id or an alias of an infobase")

    def _look_at_infobases(self) -> None:
        if not self._items.infobases:
            self._warn(("infobases",), "there are no infobases yet; add some, or import a *.v8i")
        names: dict[tuple[str, str], str] = {}
        entry_ids: dict[str, str] = {}
        for index, infobase in self._items.infobases.items():
            here: Location = ("infobases", index)
            first = names.setdefault((infobase.folder, infobase.name), infobase.id)
            if first != infobase.id:
                self._warn(
                    (*here, "name"), f"{infobase.name!r} is also the name of {first!r} in the same folder"
                )
            entry_id = infobase.v8i.get("ID", "").lower()
            if entry_id and entry_ids.setdefault(entry_id, infobase.id) != infobase.id:
                self._warn((*here, "v8i", "ID"), f"{entry_id!r} is also the ID of {entry_ids[entry_id]!r}")
            self._look_for_secrets((*here, "v8i"), infobase.v8i)

    def _look_for_secrets(self, here: Location, keys: Mapping[str, str]) -> None:
        for secret in v8i.secrets_in(keys.items()):
            self._warn(here, f"holds a secret, {secret}; lists leave it out, so remove it here")

    def _people(self, catalog: Catalog) -> People:
        """Who may come in: a user needs a way to, and groups need somebody who names them."""
        admin = self._settings.admin
        users, groups = [], []
        by_proxy = bool(admin.user_header and admin.trusted_proxies)
        if admin.user_header and not by_proxy:
            self._mistake(("admin", "user_header"), "needs trusted_proxies (e.g. trusted_proxies: 127.0.0.1)")
        taken: dict[str, Location] = {}
        for index, user in enumerate(admin.users):
            here: Location = ("admin", "users", index)
            self._check_once(taken, user.name.casefold(), (*here, "name"), "is already the name of a user")
            if user.password_hash is None and not by_proxy:
                self._mistake(
                    here, "cannot sign in; give a password_hash ('errorhelp user hash'), or admin.user_header"
                )
            password_hash = user.password_hash.get_secret_value() if user.password_hash else None
            users.append(User(self._person(catalog, here, user.name, user), password_hash))
        taken = {}
        for index, group in enumerate(admin.groups):
            here = ("admin", "groups", index)
            self._check_once(taken, group.group.casefold(), (*here, "group"), "is already configured")
            if not by_proxy:
                self._mistake(here, "needs a proxy that names users (e.g. user_header: Remote-User)")
            groups.append(self._person(catalog, here, group.group, group))
        return People(users, groups)

    def _person(
        self, catalog: Catalog, here: Location, name: str, given: UserSettings | GroupSettings
    ) -> Person:
        if given.folders and given.role is not Role.EDITOR:
            self._mistake((*here, "folders"), f"bind an editor, but the role is {given.role}; leave them out")
        return Person(name, given.role, self._targets(catalog, (*here, "folders"), given.folders))

    def _folders(self) -> dict[str, Folder]:
        folders: dict[str, Folder] = {}
        taken: dict[str, Location] = {}
        for index, each in self._items.folders.items():
            self._check_once(taken, each.path, ("folders", index, "path"), "is already configured")
            self._look_for_secrets(("folders", index, "v8i"), each.v8i)
            help_ = self._help(("folders", index, "help"), each.help)
            folders[each.path] = Folder(each.path, help_, tuple(each.v8i.items()))
        return folders

    def _infobase(self, index: int, each: InfobaseSettings) -> Infobase:
        self._check_language(("infobases", index, "language"), each.language)
        return Infobase(
            id=each.id,
            name=each.name,
            connection=each.connect.connection(),
            aliases=each.aliases,
            folder=each.folder,
            language=each.language,
            help=self._help(("infobases", index, "help"), each.help),
            publications=tuple(Publication(**each.model_dump()) for each in each.publications),
            v8i=tuple(each.v8i.items()),
        )

    def _lists(self, catalog: Catalog) -> Iterator[ConnectionList]:
        taken: dict[str, Location] = {}
        for index, each in self._items.lists.items():
            here: Location = ("lists", index)
            self._check_once(taken, each.id, (*here, "id"), "is already the id of a list")
            self._check_language((*here, "language"), each.language)
            if not (each.folders or each.infobases or each.rules):
                self._warn(here, "is empty; say which infobases it has (e.g. folders: [/] for all)")
            yield ConnectionList(
                id=each.id,
                folders=self._targets(catalog, (*here, "folders"), each.folders),
                infobases=self._targets(catalog, (*here, "infobases"), each.infobases),
                language=each.language,
                access=each.access,
                token=self._token(here, each),
                rules=self._rules(catalog, here, each),
                carries_messages=each.carries_messages,
            )

    def _rules(self, catalog: Catalog, here: Location, each: ListSettings) -> tuple[Rule, ...]:
        if each.rules and each.access is not Access.PROXY:
            self._mistake((*here, "rules"), "needs a proxy that names the user; set access: proxy")
        if each.rules and (each.folders or each.infobases):
            self._mistake(here, "has rules, so its folders and infobases stand in those, not beside them")
        rules = []
        for number, rule in enumerate(each.rules):
            place = (*here, "rules", number)
            if not rule.users and not rule.groups:
                self._mistake(place, "names neither users nor groups (e.g. groups: [accountants])")
            folders = self._targets(catalog, (*place, "folders"), rule.folders)
            infobases = self._targets(catalog, (*place, "infobases"), rule.infobases)
            rules.append(
                Rule(
                    users=frozenset(map(str.casefold, rule.users)),
                    groups=frozenset(map(str.casefold, rule.groups)),
                    targets=(*folders, *infobases),
                )
            )
        return tuple(rules)

    def _token(self, here: Location, each: ListSettings) -> str | None:
        if each.access is not Access.TOKEN:
            if each.token is not None:
                self._mistake(
                    (*here, "token"), f"is of no use with access {each.access.value!r}; set access: token"
                )
            return None
        if each.token is None:
            self._mistake(here, "access: token needs a token (e.g. token: {env: OFFICE_LIST_TOKEN})")
            return None
        return self._secret((*here, "token"), each.token)

    def _secret(self, here: Location, secret: SecretSettings) -> str | None:
        if self._environment is None:
            return None
        if secret.env is not None:
            value = self._environment.get(secret.env, "").strip()
            if not value:
                self._mistake((*here, "env"), f"the environment variable {secret.env} is not set")
            self.secrets.append(value)
            return value or None
        file = self._base / str(secret.file)
        self.secret_files.append(file)
        try:
            value = file.read_text("utf-8-sig").strip()
        except OSError as error:
            self._mistake((*here, "file"), f"{file} cannot be read: {error.strerror}")
            return None
        except UnicodeDecodeError:
            self._mistake((*here, "file"), f"{file} is not UTF-8 text; save it as UTF-8")
            return None
        if not value:
            self._mistake((*here, "file"), f"{file} is empty")
        self.secrets.append(value)
        return value or None

    def _text_of(self, here: Location, given: SecretTextSettings | None) -> str:
        """What is given, or stands elsewhere; "" if nothing is, or a mistake was made."""
        if given is None:
            return ""
        if given.secret is not None:
            return given.secret.get_secret_value()
        return self._secret(here, given) or ""

    def _forward_targets(self, catalog: Catalog) -> Iterator[Target]:
        taken: dict[str, Location] = {}
        for index, each in enumerate(self._settings.reports.forward):
            here: Location = ("reports", "forward", index)
            self._check_once(taken, each.id, (*here, "id"), "is already the id of a target")
            self._check_language((*here, "language"), each.language)
            targets = self._targets(catalog, (*here, "targets"), each.targets)
            # Where secrets are not looked up nothing is forwarded.
            if self._environment is not None:
                yield self._forward_target(catalog, here, each, targets)

    def _forward_target(
        self, catalog: Catalog, here: Location, each: ForwardSettings, targets: Sequence[str]
    ) -> Target:
        apprise = self._text_of((*here, "apprise"), each.apprise)
        address = self._text_of((*here, "webhook"), each.webhook)
        secret = self._text_of((*here, "secret"), each.secret)
        headers = {
            name: self._text_of((*here, "headers", name), value) for name, value in each.headers.items()
        }
        if apprise:
            self._checked((*here, "apprise"), by_apprise.check_address, apprise)
        if address:
            self._checked((*here, "webhook"), check_webhook, address)
        for name, value in headers.items():
            self._checked((*here, "headers", name), check_header, value)
        target = Target(
            id=each.id,
            language=each.language or catalog.languages[0],
            zone=catalog.zone,
            infobases=frozenset(infobase.id for infobase in catalog.meant_by(targets)),
            kinds=frozenset(each.kinds),
            occasions=frozenset(each.occasions),
            apprise=apprise,
            webhook=address,
            key=self._checked((*here, "secret"), read_key, secret) if secret else None,
            headers=headers,
            body=self._checked((*here, "body"), read_template, each.body) if each.body else None,
        )
        self._checked((*here, "body"), target.check_body, _EXAMPLE_TIME)
        return target

    def _checked(self, here: Location, check: Callable[[_Given], _Checked], given: _Given) -> _Checked | None:
        """What the check makes of what is given; what it has against it is a mistake."""
        try:
            return check(given)
        except ValueError as error:
            self._mistake(here, str(error))
            return None

    def _windows(self, catalog: Catalog) -> Iterator[Window]:
        taken: dict[str, Location] = {}
        for index, each in self._items.windows.items():
            here: Location = ("maintenance_windows", index)
            self._check_once(taken, each.id, (*here, "id"), "is already the id of a window")
            self._check_text((*here, "text"), each.text)
            targets = self._targets(catalog, (*here, "targets"), each.targets)
            if not each.duration:
                self._mistake((*here, "duration"), "must be longer than nothing (e.g. 2h)")
            if (window := self._window(here, each, targets)) is not None:
                yield window

    def _window(self, here: Location, each: WindowSettings, targets: tuple[str, ...]) -> Window | None:
        try:
            return Window(
                id=each.id,
                targets=targets,
                text=each.text,
                severity=each.severity,
                starts_at=each.starts_at,
                duration=each.duration,
                rule=each.rule,
                zone=self._settings.time_zone,
                note=each.note,
            )
        except ValueError as error:
            self._mistake((*here, "rule"), str(error))
            return None

    def _targets(self, catalog: Catalog, here: Location, targets: Sequence[str]) -> tuple[str, ...]:
        checked = []
        for index, target in enumerate(targets):
            try:
                checked.append(catalog.check_target(target))
            except ValueError as error:
                if target not in self._items.unreadable:
                    self._mistake((*here, index), str(error))
        return tuple(checked)

    def _help(self, here: Location, help_: HelpSettings) -> Help:
        if help_.text is not None:
            self._check_text((*here, "text"), help_.text)
        return Help(help_.text, help_.url, causes(help_.causes))

    def _check_causes(self, catalog: Catalog) -> None:
        """Whether what the settings say of a cause comes to a title and a text, with what stands above."""
        self._check_causes_at(("help",), self._settings.help.causes, catalog.default_help)
        for index, folder in self._items.folders.items():
            help_ = catalog.help_in(folder.path)
            self._check_causes_at(("folders", index, "help"), folder.help.causes, help_)
        for index, infobase in self._items.infobases.items():
            if infobase.help.causes:
                help_ = catalog.inherited_help(catalog.infobases[infobase.id])
                self._check_causes_at(("infobases", index, "help"), infobase.help.causes, help_)

    def _check_causes_at(self, here: Location, given: Sequence[CauseSettings], help_: InheritedHelp) -> None:
        known = {cause.id: cause for cause in help_.causes}
        taken: dict[str, Location] = {}
        for number, each in enumerate(given):
            place: Location = (*here, "causes", number)
            self._check_once(taken, each.id, (*place, "id"), "is already the id of a cause here")
            self._check_text((*place, "title"), each.title or "")
            self._check_text((*place, "text"), each.text or "")
            whole = known.get(each.id, Cause(each.id))
            if missing := [name for name in ("title", "text") if getattr(whole, name) is None]:
                self._mistake(place, f"{each.id!r} is a new cause and needs a {' and a '.join(missing)}")

    def _look_at_overview(self) -> None:
        guarded = [each.access is not Access.PUBLIC for each in self._items.lists.values()]
        public = self._settings.public
        if public.overview and "overview" not in public.model_fields_set and guarded and all(guarded):
            self._warn(
                ("public", "overview"),
                "no list is public, but / shows everybody the names of all infobases; set overview: off, "
                "or on if that is meant",
            )

    def _look_at_address(self, catalog: Catalog) -> None:
        """What is given to others as an address needs its beginning."""
        if catalog.public_url or not catalog.infobases:
            return
        lacking = ["service addresses", "links in the feed"]
        if self._items.lists:
            lacking.append("addresses of lists")
        if any(each.publications for each in catalog.infobases.values()):
            lacking.append("what offline pages ask")
        self._warn(
            ("public", "url"),
            f"is not set, so {', '.join(lacking)} have no beginning; "
            "say under which address clients reach this (e.g. url: https://help.example.com)",
        )

    def _check_text(self, here: Location, text: Text) -> None:
        if not isinstance(text, str):
            for language in text:
                self._check_language((*here, language), language, key=True)

    def _check_language(self, here: Location, language: str | None, *, key: bool = False) -> None:
        if language is not None and self._languages and language not in self._languages:
            known = ", ".join(self._languages)
            message = f"{language!r} is not one of the languages ({known}); add it there"
            self.mistakes.append(Remark(here, message, key))

    def _check_once(self, taken: dict[str, Location], name: str, here: Location, message: str) -> None:
        """Each name once: `taken` are those met so far, with where they stand."""
        first = taken.setdefault(name, here)
        if first != here:
            self.mistakes.append(Remark(here, f"{name!r} {message}", other=first))

    def _mistake(self, location: Location, message: str) -> None:
        self.mistakes.append(Remark(location, message))

    def _warn(self, location: Location, message: str) -> None:
        self.warnings.append(Remark(location, message))
