"""What went wrong with a delivery."""

from datetime import timedelta


class Undelivered(Exception):
    """A target did not take a notification; `is_final`: nor will it take the same one another time."""

    def __init__(self, reason: str, *, is_final: bool = False, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_final = is_final
        self.retry_after = retry_after
