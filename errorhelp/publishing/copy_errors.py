"""Why a copy of the published tree is not as it must be."""


class CopyError(Exception):
    """A copy cannot be written now: where, why, and what to do."""


class CopyOfAnother(CopyError):
    """Another node, or another errorhelp, has written to the copy since; who leads may take it over."""
