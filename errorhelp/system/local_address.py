"""Where this machine reaches what listens on it."""

_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - it is read, not listened on


def local_address(host: str, port: int) -> str:
    """The `host:port` to ask for what listens at a host, which may be all of them, and a port."""
    host = _EVERYWHERE.get(host, host)
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
