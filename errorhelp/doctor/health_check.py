"""`python -m errorhelp.doctor.health_check`: a container's health check, which asks the service as clients do.

It asks the public listener of the service that uses the state directory in `ERRORHELP_STATE`, and ends with 0 if
that answers, else with 1. A service without its database goes on serving help, so it is healthy. As it runs
twice a minute for years, it loads next to nothing.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from errorhelp.doctor.http_request import Unanswered, request
from errorhelp.system.state_directory import StateDirectory, default_state


def reason_not_healthy(environment: Mapping[str, str]) -> str:
    """Why the service does not answer clients; "" if it does."""
    state = Path(environment.get("ERRORHELP_STATE") or default_state())
    addresses = StateDirectory(state).addresses()
    if addresses is None:
        return f"no service has left its address in {state}"
    try:
        status, body = request("GET", f"{addresses.public}/healthz", {})
    except Unanswered as error:
        return f"{addresses.public}: {error}"
    if (status, body) != (200, b"ok"):
        return f"what answers at {addresses.public} is no errorhelp"
    return ""


if __name__ == "__main__":
    # With a text it ends with 1 and prints that.
    sys.exit(reason_not_healthy(os.environ) or 0)
