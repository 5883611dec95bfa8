"""What was trained on this machine: accuracies, as counted, by samples, noise and selection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.document import Cell, Column, Paragraph, Row, Section, Table
from hardware_profiles.numerals import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.bundle import Learning
    from bench.bundle.learning import LearningCell

TITLE = "What was trained on this machine"
_NOTHING = "—"
_NOISES = {
    "none": "all labels right",
    "uniform": "wrong, of any other class",
    "confusing": "wrong, of the class that is mixed up most",
}


def section(learning: Learning) -> Section:
    """Return what was trained: how, and tables of what came of it."""
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
    return Section(TITLE, (Paragraph(about), *tables), detail=True)


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
                tuple(rows))  # fmt: skip
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
    yield Table("What repeats cost", heads, tuple(repeats))
