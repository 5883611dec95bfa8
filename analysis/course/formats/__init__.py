"""What checking came to, in the form that an autograder takes: a module a form, listed once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.course.formats import classroom50, gradescope, records

if TYPE_CHECKING:
    from analysis.course.formats.report import Form

FORMATS: dict[str, Form] = {form.NAME: form for form in (records, gradescope, classroom50)}
"""By the name that `check --format` takes."""
