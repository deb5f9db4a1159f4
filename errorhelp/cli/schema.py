"""`errorhelp schema`: the JSON schema of the configuration, for editors."""

import sys


def schema() -> None:
    """Print the JSON schema of the configuration, for editors that complete and check YAML."""
    from errorhelp.config.json_schema import schema_json

    sys.stdout.buffer.write(schema_json())
