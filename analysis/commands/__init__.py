"""The commands of `python -m analysis`: a module each, and `COMMANDS` the only list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.commands import (
    calibrate,
    check,
    compare,
    demo_class,
    drift,
    feeding_tax,
    glossary,
    gravity,
    lab,
    lock,
    performance,
    predict,
    recommend,
    report,
    submit,
    transfer,
    validate,
    zero_waste,
)

if TYPE_CHECKING:
    from hardware_profiles.command_line import Command

COMMANDS: list[Command] = [
    report,
    calibrate,
    predict,
    recommend,
    validate,
    transfer,
    lock,
    gravity,
    feeding_tax,
    zero_waste,
    drift,
    lab,
    submit,
    check,
    compare,
    demo_class,
    performance,
    glossary,
]
