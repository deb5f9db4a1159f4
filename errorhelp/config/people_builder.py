"""People, users and groups, out of the settings of the admin listener."""

from errorhelp.config.diagnostics import Diagnostics
from errorhelp.config.settings.listener_settings import AdminSettings, GroupSettings, UserSettings
from errorhelp.config.target_references import TargetReferences
from errorhelp.config.yaml_tree import Location
from errorhelp.people.people import People, Person, Role, User


def build_people(
    admin: AdminSettings,
    references: TargetReferences,
    diagnostics: Diagnostics,
    *,
    by_proxy_known: bool = True,
) -> People:
    """Who may come in: a user needs a way to, and groups need somebody who names them.

    What says whether a proxy names users may itself be invalid: then it is not `by_proxy_known`.
    """
    by_proxy = not by_proxy_known or bool(admin.user_header and admin.trusted_proxies)
    if admin.user_header and not by_proxy:
        diagnostics.error(("admin", "user_header"), "needs trusted_proxies (e.g. trusted_proxies: 127.0.0.1)")
    taken: dict[str, Location] = {}
    users = []
    for index, user in enumerate(admin.users):
        here: Location = ("admin", "users", index)
        diagnostics.check_once(taken, user.name.casefold(), (*here, "name"), "is already the name of a user")
        if user.password_hash is None and not by_proxy:
            diagnostics.error(
                here, "cannot sign in; give a password_hash ('errorhelp user hash'), or admin.user_header"
            )
        password_hash = user.password_hash.get_secret_value() if user.password_hash else None
        users.append(User(_person(here, user.name, user, references, diagnostics), password_hash))
    taken = {}
    groups = []
    for index, group in enumerate(admin.groups):
        here = ("admin", "groups", index)
        diagnostics.check_once(taken, group.group.casefold(), (*here, "group"), "is already configured")
        if not by_proxy:
            diagnostics.error(here, "needs a proxy that names users (e.g. user_header: Remote-User)")
        groups.append(_person(here, group.group, group, references, diagnostics))
    return People(users, groups)


def _person(
    here: Location,
    name: str,
    given: UserSettings | GroupSettings,
    references: TargetReferences,
    diagnostics: Diagnostics,
) -> Person:
    if given.folders and given.role is not Role.EDITOR:
        diagnostics.error(
            (*here, "folders"),
            f"only an editor is limited to folders, but the role is {given.role}; leave them out",
        )
    return Person(name, given.role, references.look_up((*here, "folders"), given.folders))
