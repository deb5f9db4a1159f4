"""The JSON schema of the configuration, generated from the models."""

import json
from typing import Any

from errorhelp.config.settings.configuration import Configuration


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
    if loosened.get("type") == "array" and loosened.get("items", {}).get("type"):
        return {"anyOf": [loosened.pop("items") | {}, node]} | {
            key: value for key, value in loosened.items() if key in ("description", "default", "examples")
        }
    return loosened
