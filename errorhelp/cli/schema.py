"""`errorhelp schema`: the JSON schema of the configuration, for editors."""

import sys

from errorhelp.config.json_schema import schema_json


def schema() -> None:
    """Print the JSON schema of the configuration, for editors that complete and check YAML."""
    sys.stdout.buffer.write(schema_json())
