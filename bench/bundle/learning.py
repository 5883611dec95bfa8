"""The record of small classifiers that were really trained: on how many labels, how wrong."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from pydantic import Field, model_validator

from bench.bundle.base import Count, Line, Name, Positive, Record, Several, Sha256

PerMille = Annotated[int, Field(ge=0, le=1000)]

Noise = Literal["none", "uniform", "confusing"]
Selection = Literal["none", "random", "loss", "dedup"]
Variant = Literal["plain", "corrected", "updated", "updated_corrected"]


class LearningData(Record):
    """The data set, and what of it is for training and for testing."""

    package: Name = Field(description="that ships it")
    version: Line = Field(description="of the package")
    name: Name
    sha256: Sha256 = Field(description="of the file that the package ships")
    pool: Positive = Field(description="samples that networks may be trained on")
    tested: Positive = Field(description="other samples, the same for all, with clean labels")
    classes: Positive
    bytes_per_sample: Positive = Field(description="as a sample is kept, before it is made smaller")


class Network(Record):
    """What is trained, and how long: on each sample as often, whatever the size of the data."""

    layers: tuple[Positive, ...] = Field(min_length=2, description="widths, inputs first")
    parameters: Positive
    flop_per_sample: Positive = Field(description="to train on a sample once")
    flop_per_scored: Positive = Field(description="to run it on a sample, forward alone")
    batch: Positive
    epochs: Positive = Field(description="how often each sample is seen")
    least_steps: Positive = Field(description="of the optimiser, where epochs come to fewer")
    learning_rate_ppm: Positive = Field(description="at the first step; it falls to 0 in a line")


class TrainingGroup(Record):
    """Networks that were trained at once, side by side in the same matrix products."""

    networks: Positive = Field(description="whose results are in cells")
    steps: Positive = Field(description="of each, of a batch")
    references: Count = Field(description="more networks, trained to score samples by their loss")
    reference_steps: Count = Field(description="of each of those")
    scored: Count = Field(description="samples that these scored")
    wall_us: Positive
    energy_uj: dict[Name, Count] = Field(description="by meter, gross; empty: no meter")


class TrainedNetwork(NamedTuple):
    """One trained network: a row in the file, since there are hundreds of them."""

    seed: Annotated[Count, Field(description="of its data, its noise and its first weights")]
    group: Annotated[Count, Field(description="place in `groups`")]
    trained: Annotated[Positive, Field(description="samples that it was trained on")]
    wrong: Annotated[Count, Field(description="how many of them have a wrong label")]
    copies: Annotated[Count, Field(description="how many of them repeat another of them")]
    correct: Annotated[Count, Field(description="of the tested samples")]


class LearningCell(Record):
    """One setting of the data, and the networks that were trained on it."""

    samples: Positive = Field(description="collected, before any are selected")
    noise: Noise = Field(
        description="wrong labels: of any other class, or of the class that is mixed up most"
    )
    noise_permille: PerMille = Field(description="of the samples have a wrong label")
    duplicates_permille: PerMille = Field(description="of the samples are copies of others")
    selection: Selection = Field(
        description="what is kept: all, a random share, the share with the least loss under a "
        "network that was trained on all, or one of each sample"
    )
    kept_permille: PerMille = Field(description="the share to keep; 1000 where none is dropped")
    networks: tuple[TrainedNetwork, ...] = Field(description="rows, one a seed")

    @property
    def setting(self) -> tuple[int, str, int, int, str, int]:
        """What tells it from other cells."""
        return (
            self.samples,
            self.noise,
            self.noise_permille,
            self.duplicates_permille,
            self.selection,
            self.kept_permille,
        )

    @model_validator(mode="after")
    def _networks_fit_the_samples(self) -> LearningCell:
        seeds = [network.seed for network in self.networks]
        if len(seeds) != len(set(seeds)):
            raise ValueError("networks: a seed occurs twice")
        if (self.noise == "none") != (self.noise_permille == 0):
            raise ValueError("noise_permille: a cell without noise has 0, and no other")
        for place, network in enumerate(self.networks):
            if not max(network.wrong, network.copies) <= network.trained <= self.samples:
                raise ValueError(
                    f"networks[{place}]: more are wrong or copies than trained on, or more are "
                    "trained on than the samples"
                )
        return self


class DoorbellResult(NamedTuple):
    """How one network did on one city's scenes: a row in the file."""

    seed: Count
    city: Name
    variant: Annotated[
        Variant,
        Field(
            description="before the update, after it; each with colours corrected or as they are"
        ),
    ]
    correct: Count
    tested: Positive


class Doorbell(Record):
    """The doorbell's classifier: trained on all cities before a firmware update, tried after it."""

    source: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] = Field(
        description="half the SHA-256 of the source that makes scenes and trains"
    )
    classes: tuple[Name, ...]
    updated: tuple[Name, ...] = Field(description="cities that the update reaches")
    trained: Positive = Field(description="scenes that each network was trained on")
    network: Network
    steps: Positive = Field(description="of each network")
    wall_us: Positive = Field(description="of all: scenes, training, and trying")
    energy_uj: dict[Name, Count] = Field(description="by meter, gross; empty: no meter")
    results: tuple[DoorbellResult, ...]

    @model_validator(mode="after")
    def _no_more_are_correct_than_tested(self) -> Doorbell:
        rows = [row[:3] for row in self.results]
        if len(rows) != len(set(rows)):
            raise ValueError("results: a seed, city and variant occur twice")
        for place, row in enumerate(self.results):
            if row.correct > row.tested:
                raise ValueError(f"results[{place}]: more are correct than tested")
        return self


class Learning(Record):
    """Classifiers that were trained on data of several sizes and qualities."""

    source: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")] = Field(
        description="half the SHA-256 of the source that trains"
    )
    torch: Line = Field(description="version")
    threads: Several
    seeds: Several = Field(description="networks planned for a cell of the curve")
    dataset: LearningData
    network: Network
    reference_epochs: Positive = Field(description="of networks that score samples by their loss")
    confused: tuple[Count, ...] = Field(
        description="for each class, the class that confusing noise takes it for"
    )
    idle_uw: dict[Name, Count] | Annotated[str, Field(pattern=r"^no meter: [ -~]{1,100}$")] = Field(
        description="power while nothing is trained, by meter; or why there is none"
    )
    groups: tuple[TrainingGroup, ...] = Field(description="in the order of training")
    cells: tuple[LearningCell, ...]
    left_out: Count = Field(description="networks that were planned, and not trained in time")
    doorbell: Doorbell | None = Field(description="null: not trained yet")

    @model_validator(mode="after")
    def _cells_fit_together(self) -> Learning:
        settings = [cell.setting for cell in self.cells]
        if len(settings) != len(set(settings)):
            raise ValueError("cells: a setting occurs twice")
        trained = [0] * len(self.groups)
        for place, cell in enumerate(self.cells):
            for row, network in enumerate(cell.networks):
                if network.correct > self.dataset.tested:
                    raise ValueError(
                        f"cells[{place}].networks[{row}]: more are correct than tested"
                    )
                if network.group >= len(self.groups):
                    raise ValueError(f"cells[{place}].networks[{row}]: there is no such group")
                trained[network.group] += 1
        for place, group in enumerate(self.groups):
            if trained[place] != group.networks:
                raise ValueError(
                    f"groups[{place}]: {group.networks} networks, but cells have {trained[place]}"
                )
        return self
