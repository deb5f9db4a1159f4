"""Settings of copies of the published tree elsewhere: in object storage, or in a further folder."""

import re
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from errorhelp.config.settings.secret_settings import SecretSettings, SecretText
from errorhelp.config.settings.setting_values import Id, Section, Url

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,62}")
_PREFIX_PART = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")


def _check_bucket(text: str) -> str:
    if not _BUCKET.fullmatch(text):
        raise ValueError(
            f"{text!r} must be the name of a bucket: 2 to 63 letters, digits, '.', '_' and '-' (e.g. help-example-com)"
        )
    return text


def _check_prefix(text: str) -> str:
    parts = text.strip("/").split("/") if text.strip("/") else []
    if not all(_PREFIX_PART.fullmatch(part) for part in parts):
        raise ValueError(f"{text!r} must be names with slashes between them (e.g. errorhelp/)")
    return "/".join(parts)


class ObjectStorageSettings(Section):
    """A bucket of object storage that speaks S3."""

    endpoint: Url = Field(
        description="Where the storage answers, without the bucket.",
        examples=["https://storage.example.com"],
    )
    bucket: Annotated[str, AfterValidator(_check_bucket)] = Field(
        description="The bucket, which exists already.", examples=["help-example-com"]
    )
    prefix: Annotated[str, AfterValidator(_check_prefix)] = Field(
        "", description="What stands in front of every name there.", examples=["errorhelp/"]
    )
    region: str = Field(
        "us-east-1",
        min_length=1,
        description="The region, as the storage calls it.",
        examples=["ru-central1"],
    )
    access_key: SecretText = Field(
        description="The access key's id.", examples=["{env: ERRORHELP_COPY_ACCESS_KEY}"]
    )
    secret_key: SecretSettings = Field(
        description="Where the secret access key is.", examples=["{file: copy.key}"]
    )


class CopySettings(Section):
    """A copy of the published tree: in object storage, or in a folder."""

    id: Id = Field(description="Its name.", examples=["cloud"])
    folder: str | None = Field(
        None,
        min_length=1,
        description="The folder, such as one of another machine that is mounted here.",
        examples=["/mnt/web2/errorhelp"],
    )
    s3: ObjectStorageSettings | None = Field(None, description="The bucket.")

    @model_validator(mode="after")
    def _is_one_place(self) -> "CopySettings":
        if (self.folder is None) == (self.s3 is None):
            raise ValueError("needs either folder or s3 (e.g. folder: /mnt/web2/errorhelp)")
        return self
