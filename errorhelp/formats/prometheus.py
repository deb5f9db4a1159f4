"""The text that Prometheus reads, format 0.0.4 (prometheus.io, "Exposition formats"). Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

NO_LABELS: Mapping[str, str] = MappingProxyType({})

_ESCAPED = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})
_ESCAPED_IN_HELP = str.maketrans({"\\": r"\\", "\n": r"\n"})


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric with its samples: a value for each set of labels. A counter's name ends in `_total`."""

    name: str
    kind: Literal["gauge", "counter"]
    help: str
    samples: tuple[tuple[Mapping[str, str], float], ...]


def gauge(name: str, help: str, value: float) -> Metric:
    """A gauge without labels."""
    return Metric(name, "gauge", help, ((NO_LABELS, value),))


def counter(name: str, help: str, value: float) -> Metric:
    """A counter without labels."""
    return Metric(name, "counter", help, ((NO_LABELS, value),))


def to_text(metrics: Iterable[Metric]) -> bytes:
    """The metrics, each of which is there once."""
    return "".join(line for metric in metrics for line in _lines(metric)).encode()


def _lines(metric: Metric) -> Iterator[str]:
    yield f"# HELP {metric.name} {metric.help.translate(_ESCAPED_IN_HELP)}\n"
    yield f"# TYPE {metric.name} {metric.kind}\n"
    for labels, value in metric.samples:
        pairs = ",".join(f'{name}="{text.translate(_ESCAPED)}"' for name, text in labels.items())
        yield f"{metric.name}{{{pairs}}} {float(value)!r}\n"
