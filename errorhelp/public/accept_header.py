"""What a request accepts (RFC 9110, 12.5.1). Pure."""

from collections.abc import Iterable

_MOST_RANGES = 50


def prefers_json(accept: Iterable[str]) -> bool:
    """Whether JSON is wanted more than HTML; `accept` are the values of all headers of that name.

    The first fifty media ranges count.
    """
    weights = dict(_ranges(",".join(accept)))
    return _weight("application/json", weights) > _weight("text/html", weights)


def wants_page(accept: Iterable[str]) -> bool:
    """Whether HTML is named and wanted more than a problem document, as browsers do for a page that somebody opens."""
    weights = dict(_ranges(",".join(accept)))
    return weights.get("text/html", 0) > _weight("application/problem+json", weights)


def _weight(media_type: str, weights: dict[str, float]) -> float:
    """That of the most specific range that holds the type."""
    main_type, _, _ = media_type.partition("/")
    for media_range in (media_type, f"{main_type}/*", "*/*"):
        if media_range in weights:
            return weights[media_range]
    return 0.0


def _ranges(accept: str) -> Iterable[tuple[str, float]]:
    for part in accept.split(",", _MOST_RANGES)[:_MOST_RANGES]:
        media_range, *parameters = (each.strip() for each in part.lower().split(";", _MOST_RANGES))
        quality = next((each[2:] for each in parameters if each.startswith("q=")), "1")
        try:
            yield media_range, float(quality)
        except ValueError:
            continue
