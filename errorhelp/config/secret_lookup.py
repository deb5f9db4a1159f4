"""Secrets that settings name instead of holding them: looked up in the environment or in files."""

from collections.abc import Mapping
from pathlib import Path

from errorhelp.config.diagnostics import Diagnostics
from errorhelp.config.settings.secret_settings import SecretSettings, SecretTextSettings
from errorhelp.config.yaml_tree import Location


class SecretLookup:
    """Looks secrets up; files are looked for in `base`. Without an environment none is looked up.

    `values` are those that were found, `files` those that were looked into.
    """

    def __init__(self, base: Path, environment: Mapping[str, str] | None, diagnostics: Diagnostics) -> None:
        self.values: list[str] = []
        self.files: list[Path] = []
        self._base = base
        self._environment = environment
        self._diagnostics = diagnostics

    @property
    def is_on(self) -> bool:
        """Whether secrets are looked up at all."""
        return self._environment is not None

    def secret(self, here: Location, secret: SecretSettings) -> str | None:
        """The secret; None where it is not looked up, or is missing, which is an error."""
        if self._environment is None:
            return None
        if secret.env is not None:
            value = self._environment.get(secret.env, "").strip()
            if not value:
                self._diagnostics.error((*here, "env"), f"the environment variable {secret.env} is not set")
        else:
            read = self._read((*here, "file"), self._base / str(secret.file))
            if read is None:
                return None
            value = read
        self.values.append(value)
        return value or None

    def text(self, here: Location, given: SecretTextSettings | None) -> str:
        """What is given, or stands elsewhere; "" if nothing is, or it cannot be had, which is an error."""
        if given is None:
            return ""
        if given.secret is not None:
            return given.secret.get_secret_value()
        return self.secret(here, given) or ""

    def _read(self, here: Location, file: Path) -> str | None:
        self.files.append(file)
        try:
            value = file.read_text("utf-8-sig").strip()
        except OSError as error:
            self._diagnostics.error(here, f"{file} cannot be read: {error.strerror}")
            return None
        except UnicodeDecodeError:
            self._diagnostics.error(here, f"{file} is not UTF-8 text; save it as UTF-8")
            return None
        if not value:
            self._diagnostics.error(here, f"{file} is empty")
        return value
