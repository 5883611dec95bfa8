"""The pictures, and samples of them: so many wrong, so many copies, so many kept, as was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from bench.errors import WorkerError
from bench.learning import digits as module
from bench.learning.digits import Digits, digits
from bench.learning.plan import Plan, Setting
from bench.learning.samples import collected, generator, selected

if TYPE_CHECKING:
    from bench.bundle import Noise


@pytest.fixture(scope="module")
def pictures() -> Digits:
    return digits()


def test_what_is_tested_is_never_trained_on(pictures: Digits) -> None:
    assert not set(pictures.pool) & set(pictures.tested)
    assert len(pictures.pool) + len(pictures.tested) == len(pictures.labels) == 5000
    assert np.bincount(pictures.labels[pictures.tested]).tolist() == [100] * 10
    assert np.bincount(pictures.labels[pictures.pool]).tolist() == [400] * 10
    for seed in range(3):
        samples = collected(pictures, Setting(4000, "uniform", 400), "a", seed)
        assert set(samples.places) == set(pictures.pool)


def test_inputs_are_means_of_four_pixels(pictures: Digits) -> None:
    image = pictures.images[7].reshape(28, 28)
    means = np.array([[image[r : r + 2, c : c + 2].mean() for c in range(0, 28, 2)]
                      for r in range(0, 28, 2)]).ravel()  # fmt: skip
    corners = pictures.inputs[7] - pictures.inputs[7].min()
    assert corners / corners.max() == pytest.approx((means - means.min()) / np.ptp(means), abs=1e-5)
    assert pictures.inputs[pictures.pool].mean() == pytest.approx(0, abs=1e-4)
    assert pictures.inputs[pictures.pool].std() == pytest.approx(1, abs=1e-4)


def test_digits_are_mixed_up_as_people_mix_them_up(pictures: Digits) -> None:
    """Fours and nines, threes and fives look alike; no class is taken for itself."""
    confused = pictures.confused.tolist()
    assert all(confused[c] != c for c in range(10))
    assert (confused[4], confused[9], confused[7]) == (9, 4, 9)


def test_another_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SHA256", "0" * 64)
    with pytest.raises(WorkerError, match=r"ships other pictures .* constraints\.txt"):
        digits()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PACKAGE", "no_such_package")
    with pytest.raises(WorkerError, match="install it with pip"):
        digits()


@pytest.mark.parametrize("noise", ["uniform", "confusing"])
@pytest.mark.parametrize("permille", [100, 600])
def test_so_many_labels_are_wrong_and_of_that_kind(
    pictures: Digits, noise: Noise, permille: int
) -> None:
    samples = collected(pictures, Setting(1000, noise, permille), "a", 3)
    assert samples.counts(pictures) == (1000, permille, 0)
    true = pictures.labels[samples.places]
    wrong = samples.labels != true
    taken_for = {c: set(samples.labels[wrong & (true == c)].tolist()) for c in range(10)}
    if noise == "confusing":
        assert taken_for == {c: {pictures.confused[c]} for c in range(10)}
    else:
        assert all(c not in others and len(others) > 3 for c, others in taken_for.items())


def test_copies_keep_the_labels_of_their_originals(pictures: Digits) -> None:
    samples = collected(pictures, Setting(2000, "uniform", 200, 500), "a", 0)
    count, wrong, copies = samples.counts(pictures)
    assert (count, copies) == (2000, 1000)
    assert wrong == pytest.approx(400, abs=60)
    labels = dict(zip(samples.places.tolist(), samples.labels.tolist(), strict=True))
    assert samples.labels.tolist() == [labels[place] for place in samples.places.tolist()]


def test_removing_duplicates_leaves_one_of_each(pictures: Digits) -> None:
    setting = Setting(2000, "uniform", 200, 500, "dedup", 500)
    samples = collected(pictures, setting, "a", 0)
    kept = selected(pictures, samples, setting, generator("a"))
    assert kept.counts(pictures) == (1000, 200, 0)
    assert set(kept.places) == set(samples.places)


def test_the_least_losses_are_kept(pictures: Digits) -> None:
    setting = Setting(1000, "uniform", 400, 0, "loss", 300)
    samples = collected(pictures, setting, "a", 0)
    losses = generator("b").permutation(1000).astype(np.float32)
    kept = selected(pictures, samples, setting, generator("a"), losses)
    assert set(kept.places) == set(samples.places[losses < 300])


def test_chance_keeps_that_share(pictures: Digits) -> None:
    setting = Setting(4000, "uniform", 400, 0, "random", 300)
    samples = collected(pictures, setting, "a", 0)
    kept = selected(pictures, samples, setting, generator("a"))
    count, wrong, copies = kept.counts(pictures)
    assert (count, copies) == (1200, 0)
    assert wrong / count == pytest.approx(0.4, abs=0.06)


def test_samples_follow_from_nonce_and_seed(pictures: Digits) -> None:
    setting = Setting(500, "uniform", 200)
    first = collected(pictures, setting, "a", 0)
    again = collected(pictures, setting, "a", 0)
    assert (first.places == again.places).all()
    assert (first.labels == again.labels).all()
    for nonce, seed in (("b", 0), ("a", 1)):
        assert set(collected(pictures, setting, nonce, seed).places) != set(first.places)


def test_a_smaller_set_is_part_of_a_larger_one(pictures: Digits) -> None:
    small, large = (collected(pictures, Setting(n), "a", 0) for n in (125, 4000))
    assert set(small.places) < set(large.places)


def test_every_seed_trains_every_setting_once() -> None:
    groups = list(Plan().groups(4))
    members = [member for group in groups for member in group.members]
    assert len(members) == len(set(members)) == 4 * 90
    assert all(len({m.setting.trained for m in group.members}) == 1 for group in groups)
    assert max(len(group.members) for group in groups) <= 24
    assert {m.seed for m in groups[0].members} == {0, 1, 2}
    assert all(member.setting.samples <= 4000 for member in members)
