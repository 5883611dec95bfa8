"""Predictions for all settings that a page offers of act II: each made once."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from analysis.acts.feeding import gains_and_text
from analysis.acts.feeding.plots import over_network, over_workers
from analysis.acts.feeding.setups import setup_of
from analysis.document.live import following, live, once, settings
from analysis.errors import OutOfRangeError
from analysis.model.memory import check_memory
from analysis.model.prediction import predict_each
from analysis.model.recommendation import equilibrium
from analysis.report.dashboard.controls import NOTHING, offer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from analysis.acts.outcome import Plot
    from analysis.document.live import Control, Following, Live
    from analysis.model.machine import Machine
    from analysis.model.prediction import Prediction
    from analysis.model.recommendation import Equilibrium
    from analysis.model.stage_model import ResolvedConfiguration
    from analysis.report.dashboard.controls import Offer
    from bench.bundle import Setup

ALL = ("track", "format", "workers", "storage", "accelerator")
"""The levers of act II that a page has a control for, and whose mission it is."""
WITHOUT_FORMAT = ("track", "workers", "storage", "accelerator")
ABOUT_WORKERS = ("track", "storage", "accelerator")


class Predictions:
    """What a machine does at any settings of act II's controls."""

    def __init__(self, machine: Machine, offered: Offer | None = None) -> None:
        """Begin with the controls; all predictions are made when one is asked for."""
        self.machine = machine
        self._offer = offered or offer("feeding-tax", machine.catalogue)
        self.controls = self._offer.controls
        self.at = once(self._at, ALL)
        self._made: dict[Setup, Prediction | str] = {}
        # Tracks share what equal configurations come to.
        self._level = cache(self._equilibrium)
        self._gain = cache(self._gains)
        self._plot = cache(self._over_workers)

    def over(self, *names: str) -> list[Control]:
        """Return controls by name."""
        return [self.controls[name] for name in names]

    def live(self, names: tuple[str, ...], function: Callable[[Mapping[str, str]], str]) -> Live:
        """Return a text that follows some of the controls."""
        return live(self.over(*names), function)

    def text(self, function: Callable[[Prediction], str]) -> Live:
        """Return what a function says of the prediction at all settings."""

        def text_at(at: Mapping[str, str]) -> str:
            prediction = self.at(at)
            return NOTHING if isinstance(prediction, str) else function(prediction)

        return self.live(ALL, text_at)

    def ends(
        self, function: Callable[[Prediction], tuple[float, float] | None]
    ) -> Following[tuple[float, float] | None]:
        """Return from where to where a span goes at all settings; None without a prediction."""

        def placed(at: Mapping[str, str]) -> tuple[float, float] | None:
            prediction = self.at(at)
            return None if isinstance(prediction, str) else function(prediction)

        return following(self.over(*ALL), placed)

    def setup(self, at: Mapping[str, str]) -> Setup:
        """Return the configuration of some settings."""
        return setup_of(self._offer.scenario(at))

    def _at(self, at: Mapping[str, str]) -> Prediction | str:
        """Return a prediction, or why there is none; equal configurations share it."""
        if not self._made:
            # Those of all settings: together they are much faster.
            self._predict(map(self.setup, settings(self.over(*ALL))))
        setup = self.setup(at)
        if setup not in self._made:
            self._predict([setup])
        return self._made[setup]

    def _predict(self, setups: Iterable[Setup]) -> None:
        calibration = self.machine.calibration
        known: dict[Setup, ResolvedConfiguration] = {}
        for setup in dict.fromkeys(setups):
            try:
                known[setup] = calibration.stage_model.resolve(setup)
                check_memory(calibration, known[setup])
            except OutOfRangeError as error:
                known.pop(setup, None)
                # What could be named instead is not on the page.
                self._made[setup] = f"Not known: {str(error).partition(';')[0]}."
        predictions = predict_each(calibration, tuple(known.values()))
        self._made |= zip(known, predictions, strict=True)

    def level(self, at: Mapping[str, str]) -> Equilibrium | str:
        """Return how many workers are enough, or why that is not known."""
        prediction = self.at(at)
        if isinstance(prediction, str):
            return prediction
        return self._level(self.setup({**at, "workers": "1"}))

    def _equilibrium(self, setup: Setup) -> Equilibrium:
        calibration = self.machine.calibration
        return equilibrium(calibration, calibration.stage_model.resolve(setup))

    def gain(self, at: Mapping[str, str]) -> str:
        """Say what another format gains, and what a faster disk does."""
        return self._gain(self.setup({**at, "format": "json"}))

    def _gains(self, setup: Setup) -> str:
        _, (text,) = gains_and_text(self.machine.calibration, setup)
        return text

    def over_workers(self, at: Mapping[str, str]) -> Plot | None:
        """Return rates over workers by format; None: nothing is known of the accelerator."""
        return self._plot(self.setup({**at, "format": "json", "workers": "1"}))

    def _over_workers(self, setup: Setup) -> Plot | None:
        try:
            return over_workers(self.machine.calibration, setup)
        except OutOfRangeError:
            return None

    def over_network(self, prediction: Prediction) -> bool:
        """Tell whether the disk of a prediction is reached over a network."""
        return over_network(self.machine.catalogue, prediction.setup.storage)
