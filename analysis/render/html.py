"""The report as one page: no network, no script, everything inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from analysis.document.numbers import interval, number, spread
from analysis.render.figures import pipeline
from analysis.render.figures.codecs import figure
from analysis.render.figures.predicted import against

if TYPE_CHECKING:
    from analysis.report.run import Report

_FEEDING = {
    "waterfall": pipeline.waterfall,
    "went": pipeline.went,
    "knee": pipeline.knee,
}


def page(report: Report) -> str:
    """Return the page. Text from the bundle is escaped; it may come from a stranger."""
    environment = Environment(
        loader=PackageLoader("analysis.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "interval": interval, "spread": spread}
    return environment.get_template("report.html").render(
        report=report,
        bundle=report.bundle,
        figure=lambda axis: Markup(figure(report, axis)),  # noqa: S704  our own drawing
        predicted_figure=lambda: Markup(against(report.predicted)),  # type: ignore[arg-type]  # noqa: S704
        feeding_figure=lambda name: Markup(_FEEDING[name](report.feeding)),  # type: ignore[arg-type]  # noqa: S704
    )
