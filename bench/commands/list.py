"""`python -m bench list`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.commands.selection import add_selection, filters_of
from bench.presets import DEFAULT_NONCE, DEFAULT_PRESET, PRESETS, SAMPLE_S
from hardware_profiles import streams
from hardware_profiles.command_line import DONE, add_json, path
from hardware_profiles.numerals import counted

if TYPE_CHECKING:
    import argparse

    from bench.presets import Preset

NAME = "list"
SUMMARY = "Show the cases of a preset, with rank and cost."
EXAMPLES = """\
  python -m bench list
  python -m bench list --preset standard --payload tabular
  python -m bench list --measured runs/one         with costs measured on this machine
  python -m bench list --pipeline                  what is run end to end
  python -m bench list --json
"""
MAINTAINERS = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    add_json(parser)
    add_selection(parser)
    parser.add_argument(
        "--pipeline", action="store_true", help="the configurations of the pipeline instead"
    )
    parser.add_argument("--measured", type=path, metavar="RUN", help="take costs from this run")


def run(options: argparse.Namespace) -> int:
    """Print the cases of a preset with their rank and cost, or its configurations."""
    preset = PRESETS[options.preset or DEFAULT_PRESET]
    if options.pipeline:
        _list_configurations(preset, as_json=options.json)
    else:
        _list_cases(preset, options)
    return DONE


def _list_cases(preset: Preset, options: argparse.Namespace) -> None:
    import orjson
    from rich.table import Table

    from bench.cases import select
    from hardware_profiles.console import Console

    cases = list(select(preset, filters_of(options)))
    nominal_s = (preset.warmup + preset.samples) * SAMPLE_S
    block_s = _block_costs_s(options.measured) if options.measured else {}
    blocks = preset.processes * preset.windows
    costs_s = [round(blocks * block_s.get(case.id, nominal_s), 2) for case in cases]
    ranked = list(enumerate(zip(cases, costs_s, strict=True)))
    if options.json:
        rows = [{"rank": rank, "id": case.id, "cost_s": cost_s} for rank, (case, cost_s) in ranked]
        streams.print_json(orjson.dumps(rows).decode())
        return
    table = Table("rank", "case", "cost, s", title=f"{preset.name}: {preset.summary}")
    for rank, (case, cost_s) in ranked:
        table.add_row(str(rank), case.id, f"{cost_s:.2f}")
    console = Console()
    console.print(table)
    console.print(
        f"{counted(len(cases), 'case')}, {sum(costs_s):.0f} s of timing in a budget of "
        f"{preset.budget_s} s. "
        "A call longer than a sample costs more; "
        "when time is short the highest ranks are shortened, then left out.",
        highlight=False,
    )


def _block_costs_s(run: str) -> dict[str, float]:
    """Return what a block of each case of a run took on average, canaries aside."""
    from pathlib import Path
    from statistics import fmean

    from bench.bundle import read

    return {
        case.id: fmean(sum(b.samples_us) + sum(b.warmup_us) for b in case.blocks) / 1e6
        for case in read(Path(run)).cases
        if case.blocks
    }


def _list_configurations(preset: Preset, *, as_json: bool) -> None:
    import orjson
    from rich.table import Table

    from bench.run.design import design
    from hardware_profiles.console import Console

    designed = design(preset, DEFAULT_NONCE)
    if as_json:
        setups = [entry.configuration.setup().model_dump(mode="json") for entry in designed]
        streams.print_json(orjson.dumps(setups).decode())
        return
    table = Table("rank", "configuration", "", title=f"{preset.name}: the pipeline")
    for rank, entry in enumerate(designed):
        marks = ["held out"] * entry.held_out + ["again at the end"] * entry.retest
        if entry.base not in {None, rank}:
            marks.append(f"beside {entry.base}")
        table.add_row(str(rank), entry.configuration.setup().label, ", ".join(marks))
    console = Console()
    console.print(table)
    console.print(
        f"{counted(len(designed), 'configuration')}, {counted(preset.repeats, 'time')} each and "
        "some again at the end, "
        f"{preset.pipeline_s} s of a budget of {preset.budget_s} s; with --json each is what "
        "`python -m bench experiment --config -` runs.",
        highlight=False,
    )
