"""The JSON schema of the configuration, generated from the models."""

import json
from typing import Any

from errorhelp.config.settings.configuration import Configuration

_ABOUT = ("title", "description", "default", "examples")


def schema_json() -> bytes:
    """The schema as UTF-8 JSON, one line end at its end."""
    schema = Configuration.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return (json.dumps(_loosened(schema), ensure_ascii=False, indent=2) + "\n").encode()


def _loosened(node: Any) -> Any:
    """The schema with what the loader also takes: one text for a list of texts, any scalar for a text."""
    if isinstance(node, list):
        return [_loosened(each) for each in node]
    if not isinstance(node, dict):
        return node
    loosened = {key: _loosened(value) for key, value in node.items()}
    if loosened.get("type") == "string" and "enum" not in loosened:
        loosened["type"] = ["string", "number", "boolean"]
    if loosened.get("type") == "array" and (texts := _texts_of(loosened.get("items", {}))):
        about = {key: value for key, value in loosened.items() if key in _ABOUT}
        return {
            "anyOf": [*texts, {key: value for key, value in loosened.items() if key not in _ABOUT}]
        } | about
    return loosened


def _texts_of(items: dict[str, Any]) -> list[dict[str, Any]]:
    """What of a list's items may stand alone: the texts among them."""
    return [each for each in items.get("anyOf", [items]) if "type" in each and each["type"] != "object"]
