"""Settings that name a secret instead of holding it."""

from typing import Annotated

from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    model_validator,
)

from errorhelp.config.settings.setting_values import Section


def _read_secret_text(value: object) -> object:
    """A text alone is as good as a mapping."""
    return {"secret": value} if isinstance(value, str) else value


class SecretSettings(Section):
    """A secret, kept outside the configuration: in an environment variable or a file."""

    env: str | None = Field(None, description="The environment variable.", examples=["OFFICE_LIST_TOKEN"])
    file: str | None = Field(
        None, description="The file, beside the configuration.", examples=["office.token"]
    )

    @model_validator(mode="after")
    def _is_one_place(self) -> "SecretSettings":
        if (self.env is None) == (self.file is None):
            raise ValueError("needs either env or file (e.g. {env: OFFICE_LIST_TOKEN})")
        return self


class SecretTextSettings(SecretSettings):
    """A text that may be secret; it is shown nowhere. A text alone is as good."""

    secret: SecretStr | None = Field(None, description="The text itself.")

    @model_validator(mode="after")
    def _is_one_place(self) -> "SecretTextSettings":
        if [self.env, self.file, self.secret].count(None) != 2:
            raise ValueError("needs either a text, env or file (e.g. {env: DESK_SECRET})")
        return self


SecretText = Annotated[
    SecretTextSettings, BeforeValidator(_read_secret_text, json_schema_input_type=str | SecretTextSettings)
]
