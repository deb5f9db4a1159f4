"""Configurations written for a test, and what reading them says."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from errorhelp.config import ConfigurationError, Loaded, load


def written(folder: Path, text: str | bytes, **more: str | bytes) -> Path:
    """`errorhelp.yaml` in the folder, and beside it `more` files, each `NAME.yaml` by keyword."""
    for name, content in {"errorhelp": text, **more}.items():
        (folder / f"{name}.yaml").write_bytes(content.encode() if isinstance(content, str) else content)
    return folder / "errorhelp.yaml"


def read(
    folder: Path, text: str | bytes, environment: Mapping[str, str] | None = None, **more: str | bytes
) -> Loaded:
    """What a configuration means."""
    return load(written(folder, text, **more), environment or {})


def errors_in(
    folder: Path, text: str | bytes, environment: Mapping[str, str] | None = None, **more: str | bytes
) -> list[str]:
    """What is wrong with it, each as a user reads it, without the folder and the name of the first file."""
    with pytest.raises(ConfigurationError) as refused:
        read(folder, text, environment, **more)
    return [
        str(error).replace(f"{folder}/", "").removeprefix("errorhelp.yaml:") for error in refused.value.errors
    ]
