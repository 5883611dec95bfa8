"""A machine as the model knows it: its run, read once, and calibrated once for whoever asks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError
from analysis.model.calibration import fitted
from analysis.model.observations import collect
from analysis.model.stage_model import StageModel
from analysis.statistics.verdict import verdict
from bench.bundle import calm_part
from hardware_profiles.numerals import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from analysis.model.calibration import Calibration
    from analysis.model.observations import Observations
    from bench.bundle import Bundle, Configured, Isolated, Pipeline
    from hardware_profiles.catalogue import Catalogue

_FEWEST_CONFIGURATIONS = 4
"""That a machine is calibrated on."""


@dataclass(frozen=True, eq=False)
class Machine:
    """A run of a machine, and what follows from it."""

    bundle: Bundle
    catalogue: Catalogue
    """Profiles of tiers, accelerators, workloads and devices."""

    @cached_property
    def pipeline(self) -> Pipeline:
        """The pipeline's record, without what was measured while the core was slowed.

        Raises:
            AnalysisError: the run has none.

        """
        pipeline = self.bundle.measured_pipeline
        if pipeline is None:
            why = self.bundle.why_no_pipeline
            reason = f" ({why})" if why else ", as in runs of a selection"
            raise AnalysisError(
                f"the pipeline was not measured in this run{reason}: there is nothing to calibrate "
                "on; take a run of a whole preset: nox -s bench"
            )
        return calm_part(pipeline).pipeline

    @cached_property
    def stage_model(self) -> StageModel:
        """Resource demands of its configurations."""
        return self.stage_model_of(lambda _: True)

    def stage_model_of(self, keep: Callable[[Isolated], bool]) -> StageModel:
        """Return resource demands from some of the isolated stages alone."""
        return StageModel(self.bundle, self.pipeline, self.catalogue, keep)

    @cached_property
    def _collected(self) -> tuple[Observations, dict[str, str]]:
        return collect(self.stage_model, self.pipeline.configurations)

    @property
    def observations(self) -> Observations:
        """What all configurations that the model knows did end to end."""
        return self._collected[0]

    @property
    def unknown(self) -> dict[str, str]:
        """Configurations that the model does not know, by label, with the reason."""
        return self._collected[1]

    @cached_property
    def calibration(self) -> Calibration:
        """Its parameters, from all configurations that are not held out.

        Raises:
            AnalysisError: there are too few.

        """
        return self.calibrated(lambda record: not record.held_out)

    def calibrated(self, keep: Callable[[Configured], bool]) -> Calibration:
        """Return its parameters from some of its configurations.

        Raises:
            AnalysisError: there are too few.

        """
        kept = [record for record in self.pipeline.configurations if keep(record)]
        observations, unknown = collect(self.stage_model, kept)
        count = len(observations.configurations)
        if count < _FEWEST_CONFIGURATIONS:
            raise AnalysisError(
                f"{counted(count, 'configuration')} of this run can be calibrated on; "
                f"{_FEWEST_CONFIGURATIONS} are the least: measure more, with nox -s bench"
            )
        reasons = tuple(reason.what for reason in verdict(self.bundle).reasons)
        return replace(fitted(self.stage_model, observations, unknown), run_reasons=reasons)
