"""The languages that a browser asks for, by `Accept-Language` (RFC 9110, 12.5.4). Pure."""

_MOST_RANGES = 50


def accepted_languages(accept_language: str) -> list[str]:
    """The ranges of the header in lower case, the most wanted first, without those that are not wanted.

    The first fifty count.
    """
    weighed: list[tuple[float, str]] = []
    for part in accept_language.split(",", _MOST_RANGES)[:_MOST_RANGES]:
        language, _, parameter = part.strip().partition(";")
        weight = _weight(parameter)
        if weight > 0:
            weighed.append((weight, language.strip().lower()))
    # Python's sort keeps the order of those that are wanted alike.
    return [language for _, language in sorted(weighed, key=lambda pair: -pair[0])]


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1
    try:
        return float(value)
    except ValueError:
        return 0
