"""What was trained on this machine: accuracies, as counted, by samples, noise and selection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.acts.zero_waste.training import curve_of
from analysis.document import Cell, Column, Finding, Findings, Paragraph, Row, Section, Table
from analysis.document.numbers import with_interval
from analysis.errors import AnalysisError
from analysis.model.learning.selection import (
    Comparison,
    Winner,
    loss_against_random,
    without_copies,
)
from hardware_profiles.numerals import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.model.machine import Machine
    from bench.bundle import Learning
    from bench.bundle.learning import LearningCell

TITLE = "What was trained on this machine"
_NOTHING = "—"
_NOISES = {
    "none": "all labels right",
    "uniform": "wrong, of any other class",
    "confusing": "wrong, of the class that is mixed up most",
}


def section(machine: Machine, learning: Learning) -> Section:
    """Return what was trained: how, what it says beside what is published, and tables of it."""
    data, network = learning.dataset, learning.network
    about = (
        f"{data.name} of {data.package} {data.version}: {data.pool:,} samples to train on and "
        f"{data.tested:,} others, with right labels, to test on, in {data.classes} classes. A "
        f"network of {network.parameters:,} parameters sees each sample {network.epochs} times, "
        f"{network.batch} at once, or takes {network.least_steps:,} steps where that is more. "
        "Accuracies are the mean over "
        "networks, which differ in their samples, their wrong labels and their first weights, with "
        "the lowest and the highest."
    )
    if learning.left_out:
        about += f" Left out to end in time: {counted(learning.left_out, 'network')}."
    tables = tuple(table for table in (_sizes(learning), *_selections(learning)) if table.rows)
    findings = Findings(tuple(map(Finding, _findings(machine, learning))))
    return Section(TITLE, (Paragraph(about), findings, *tables), detail=True)


def _findings(machine: Machine, learning: Learning) -> Iterator[str]:
    """Yield what this run's networks say, beside what is published."""
    facts = machine.catalogue["scaling"]
    try:
        exponent = curve_of(machine).exponent
        yield (
            f"With right labels the error falls as samples to the power of "
            f"{with_interval(exponent)}; published exponents lie from "
            f"{-facts['exponent.learning_curve'].high:.2g} to "
            f"{-facts['exponent.learning_curve'].low:.2g} (Hestness et al., 2017)."
        )
    except AnalysisError as error:
        yield f"No curve is fitted: {error}."
    least = facts["share.random_wins_below"].to("percent").text()
    pairs = loss_against_random(learning)
    tally = _tally("Keeping the easiest by loss", "as many at random", pairs)
    yield (
        f"{tally} Published: below {least} kept, pruning by score loses to pruning at random "
        "(Ayed and Hayou, 2023)."
    )
    yield _tally("Removing repeats", "keeping them", without_copies(learning))


_WORDS = {Winner.FIRST: "better", Winner.SECOND: "worse", Winner.UNDECIDED: "not told apart"}


def _tally(first: str, second: str, compared: tuple[Comparison, ...]) -> str:
    """Say where the first way does better than the second, where worse, and where it is open."""
    if not compared:
        return f"{first} against {second}: not trained in this run."
    by_noise: dict[str, dict[Winner, list[float]]] = {}
    for pair in sorted(compared, key=lambda pair: (pair.noise_share, pair.kind, pair.share)):
        noise = _noise(pair.kind if pair.noise_share else "none", round(1000 * pair.noise_share))
        by_noise.setdefault(noise, {}).setdefault(pair.winner, []).append(100 * pair.share)
    parts = [
        f"{noise}: "
        + ", ".join(
            f"{_WORDS[winner]} at {', '.join(f'{share:.0f} %' for share in shares)}"
            for winner, shares in where.items()
        )
        for noise, where in by_noise.items()
    ]
    return f"{first} against {second}. {'; '.join(parts)}."


def _text(learning: Learning, cell: LearningCell) -> Cell:
    shares = [100 * network.correct / learning.dataset.tested for network in cell.networks]
    mean = sum(shares) / len(shares)
    return Cell(f"{mean:.1f} [{min(shares):.1f}, {max(shares):.1f}]", mean)


def _noise(noise: str, permille: int) -> str:
    return _NOISES[noise] if noise == "none" else f"{permille / 10:g} % {_NOISES[noise]}"


def _sizes(learning: Learning) -> Table:
    cells = {
        (cell.noise, cell.noise_permille, cell.samples): cell
        for cell in learning.cells
        if cell.selection == "none" and not cell.duplicates_permille and cell.networks
    }
    noises = sorted({key[:2] for key in cells}, key=lambda key: (list(_NOISES).index(key[0]), key))
    sizes = sorted({samples for _, _, samples in cells})
    rows = [
        Row(
            (
                Cell(_noise(*noise)),
                *(
                    _text(learning, cells[*noise, n]) if (*noise, n) in cells else Cell(_NOTHING)
                    for n in sizes
                ),
            )
        )
        for noise in noises
    ]
    columns = (Column("labels", left=True), *(Column(f"{n:,}") for n in sizes))
    return Table("Accuracy in % by samples and wrong labels", columns, tuple(rows))


def _selections(learning: Learning) -> Iterator[Table]:
    """Yield what filters and removed repeats come to, beside the same share at random."""
    cells = {cell.setting: cell for cell in learning.cells if cell.networks}
    rows = []
    for cell in cells.values():
        if cell.selection != "loss":
            continue
        random = (*cell.setting[:4], "random", cell.kept_permille)
        trained = sum(network.trained for network in cell.networks)
        wrong = sum(network.wrong for network in cell.networks)
        beside = _text(learning, cells[random]) if random in cells else Cell(_NOTHING)
        rows.append(
            Row(
                (
                    Cell(_noise(cell.noise, cell.noise_permille)),
                    Cell(f"{cell.kept_permille / 10:g} %", cell.kept_permille / 10),
                    _text(learning, cell),
                    beside,
                    Cell(f"{100 * wrong / trained:.1f} %", 100 * wrong / trained),
                )
            )
        )
    columns = (
        Column("labels", left=True), Column("kept"), Column("by least loss, %"),
        Column("at random, %"), Column("wrong labels left"),
    )  # fmt: skip
    yield Table("What filtering leaves: the easiest, or the same share at random", columns,
                tuple(rows), first=0)  # fmt: skip
    repeats = [
        Row(
            (
                Cell(_noise(cell.noise, cell.noise_permille)),
                Cell(f"{cell.duplicates_permille / 10:g} %", cell.duplicates_permille / 10),
                Cell("one of each" if cell.selection == "dedup" else "all"),
                _text(learning, cell),
            )
        )
        for cell in cells.values()
        if cell.duplicates_permille
    ]
    heads = (
        Column("labels", left=True), Column("repeats"), Column("kept", left=True),
        Column("accuracy, %"),
    )  # fmt: skip
    yield Table("What repeats cost", heads, tuple(repeats), first=0)
