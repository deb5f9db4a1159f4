"""Sign-ins: people who showed a password, or the link of a first start, go on with a secret in a cookie."""

import logging
from contextlib import suppress
from datetime import timedelta
from hmac import compare_digest

from errorhelp.admin.access.api_tokens import USE_NOTED_EVERY
from errorhelp.admin.access.attempt_delays import SlowDown
from errorhelp.admin.access.password_checks import PasswordChecks, TooManyChecks
from errorhelp.people.people import LONGEST_NAME, People, Person, Role, User
from errorhelp.people.secrets import new_secret, secret_hash
from errorhelp.service.service import Service
from errorhelp.store import StoreUnavailable
from errorhelp.store.access_records import SignIn

log = logging.getLogger(__name__)

_FIRST = Person("admin", Role.ADMIN)
_FIRST_PROOF = ""


class SignInRefused(Exception):
    """Name and password do not fit, or the link is no longer good."""


class TooManyAttempts(Exception):
    """It must wait: `wait` is how long."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(wait)
        self.wait = wait


class SignIns:
    """The sign-ins of a service, to the people and for the times of the configuration in force."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._store = service.access
        self._slow_down = SlowDown()
        self._checks = PasswordChecks()
        self._first_key: str | None = new_secret()

    @property
    def first_key(self) -> str | None:
        """What the link of a first start holds: good once, and while the configuration lets nobody in."""
        return None if self._people else self._first_key

    async def with_password(self, name: str, password: str, address: str) -> str:
        """The secret of a new sign-in from an address; SignInRefused.

        TooManyAttempts or TooManyChecks without a look at the password.
        """
        now, name = self._service.now(), name.strip()[:LONGEST_NAME]
        if wait := self._slow_down.wait(name, address, now):
            raise TooManyAttempts(wait)
        self._slow_down.begin(name, address, now)
        try:
            user = await self._user_with(name, password, address)
        except TooManyChecks:
            self._slow_down.take_back(name, address)
            raise
        if user is None:
            log.warning("sign-in of %r from %s failed", name, address)
            raise SignInRefused
        self._slow_down.succeeded(name, address)
        self._checks.succeeded(name, address)
        log.info("%s signed in from %s", user.person.name, address)
        return await self._begin(user.person.name, _proof(user))

    def is_first_key(self, key: str) -> bool:
        """Whether it is the key of this first start, and still good."""
        good = self.first_key
        return good is not None and compare_digest(secret_hash(key), secret_hash(good))

    async def with_first_key(self, key: str) -> str:
        """The secret of a new sign-in with the key of a first start; SignInRefused if it is not good."""
        if not self.is_first_key(key):
            raise SignInRefused
        good, self._first_key = self._first_key, None
        try:
            secret = await self._begin(_FIRST.name, _FIRST_PROOF)
        except StoreUnavailable:
            self._first_key = good
            raise
        log.info("%s signed in with the link of the first start", _FIRST.name)
        return secret

    async def person_of(self, secret: str, *, is_use: bool = True) -> Person | None:
        """Who signed in with that secret, as the configuration has them now; None if it is over.

        It lasts longer if it `is_use`.
        """
        sign_in = await self._store.sign_in_of(secret_hash(secret))
        if sign_in is None or self._is_over(sign_in):
            return None
        person = self._person(sign_in)
        now, settings = self._service.now(), self._service.loaded.settings.admin
        if is_use and person and now - sign_in.used_at >= min(USE_NOTED_EVERY, settings.sign_in_idle / 4):
            with suppress(StoreUnavailable):
                await self._store.sign_in_used(secret_hash(secret), now)
        return person

    async def end(self, secret: str) -> None:
        """Sign out here."""
        await self._store.end_sign_in(secret_hash(secret))

    async def end_all_of(self, person: Person) -> None:
        """Sign somebody out everywhere."""
        await self._store.end_sign_ins_of(person.name)
        log.info("%s signed out everywhere", person.name)

    @property
    def _people(self) -> People:
        return self._service.loaded.people

    async def _user_with(self, name: str, password: str, address: str) -> User | None:
        """The user of that name and password; finding none takes as long as finding one."""
        user = self._people.user(name)
        password_hash = user.password_hash if user else None
        hashes = [password_hash, *(each.password_hash for each in self._people.with_password)]
        checked = next((each for each in hashes if each), None)
        if checked is None:
            return None
        fits = await self._checks.is_right(password, checked, name, address)
        return user if fits and password_hash else None

    async def _begin(self, name: str, proof: str) -> str:
        secret, now = new_secret(), self._service.now()
        settings = self._service.loaded.settings.admin
        await self._store.collect_sign_ins(
            created_before=now - settings.sign_in_longest, used_before=now - settings.sign_in_idle
        )
        await self._store.add_sign_in(SignIn(name, proof, now, now), secret_hash(secret))
        return secret

    def _is_over(self, sign_in: SignIn) -> bool:
        now, settings = self._service.now(), self._service.loaded.settings.admin
        is_old = now - sign_in.created_at >= settings.sign_in_longest
        return is_old or now - sign_in.used_at >= settings.sign_in_idle

    def _person(self, sign_in: SignIn) -> Person | None:
        if sign_in.proof == _FIRST_PROOF:
            return None if self._people else _FIRST
        user = self._people.user(sign_in.name)
        return user.person if user and user.password_hash and _proof(user) == sign_in.proof else None


def _proof(user: User) -> str:
    return secret_hash(user.password_hash or "")
