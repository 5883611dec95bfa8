"""What `predict --device` prints: answers with their inputs, and a configuration fed there."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

from analysis.document.numbers import number
from analysis.report.model import plain_range

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analysis.devices.answer import Answer
    from analysis.devices.host import Fed
    from hardware_profiles.provenance import Fact

_WIDTH = 100


def fed(found: Fed) -> Iterator[str]:
    """Yield the lines of a configuration on another device."""
    rate = found.samples_per_s
    bounds = f"[{number(rate.low)}, {number(rate.high)}]"
    yield f"{found.setup.label} on {found.device}, each accelerator with its share of the host:"
    said = f"{number(rate.value)} {bounds} samples/s (extrapolated)"
    if found.demand and found.tax:
        said += (
            f" of {number(found.demand.value)} that it could take: feeding tax "
            f"{found.tax.value:.0%} [{found.tax.low:.0%}, {found.tax.high:.0%}]"
        )
    yield from indented(f"{said}; busiest: {found.bound}.")
    yield from indented(_from(found.inputs, found.dominant))


def fed_plain(found: Fed) -> dict[str, Any]:
    """Return a configuration on another device as plain values."""
    return {
        "configuration": found.setup.model_dump(mode="json"),
        "kind": "extrapolated",
        "samples_per_s": plain_range(found.samples_per_s),
        "demand": plain_range(found.demand),
        "feeding_tax": plain_range(found.tax),
        "busiest": found.bound,
        **_inputs_plain(found.inputs, found.dominant),
    }


def answers(found: Iterable[Answer]) -> Iterator[str]:
    """Yield the lines of answers."""
    for answer in found:
        yield answer.question
        yield from indented(f"{answer.said} ({answer.kind})")
        yield from indented(_from(answer.inputs, answer.dominant))


def answer_plain(found: Answer) -> dict[str, Any]:
    """Return an answer as plain values."""
    return {
        "question": found.question,
        "answer": found.said,
        "value": found.value.value,
        "low": found.value.low,
        "high": found.value.high,
        "unit": str(found.value.unit),
        "kind": found.kind,
        **_inputs_plain(found.inputs, found.dominant),
    }


def _inputs_plain(inputs: tuple[Fact, ...], dominant: tuple[str, float] | None) -> dict[str, Any]:
    return {
        "inputs": [
            {
                "name": fact.name,
                "value": fact.value,
                "low": fact.low,
                "high": fact.high,
                "unit": fact.unit,
                "kind": str(fact.kind),
                "source": fact.source,
            }
            for fact in inputs
        ],
        "width_from": dominant and {"input": dominant[0], "share": dominant[1]},
    }


def _from(inputs: tuple[Fact, ...], dominant: tuple[str, float] | None) -> str:
    names = ", ".join(fact.name for fact in inputs)
    width = f" Width: {dominant[1]:.0%} from {dominant[0]}." if dominant else ""
    return f"From {names}.{width}"


def indented(text: str) -> Iterator[str]:
    """Yield a text as lines of a paragraph that stands below its head."""
    yield fill(text, _WIDTH, initial_indent="  ", subsequent_indent="  ")
