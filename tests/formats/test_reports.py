"""What doorbells report: the features of what they see, the same as from whole pictures."""

import numpy as np
import pytest

from formats.payloads import doorbell
from formats.payloads.reports import reports

UPDATE = doorbell.firmware("nonce")


def test_reports_are_of_every_fourth_pixel() -> None:
    pictures, _ = doorbell.scenes("nonce", "bergen", 2, 1100)
    before, after = reports("nonce", "bergen", 2, 1100, UPDATE)
    changed = doorbell.white_balance(pictures, UPDATE.red, UPDATE.blue)
    for report, seen in ((before, pictures[:, ::2, ::2]), (after, changed[:, ::2, ::2])):
        assert np.array_equal(report.features, doorbell.features(seen))
        ranked = np.sort(seen.reshape(len(seen), -1, 3), axis=1)
        assert np.array_equal(report.shadows, ranked[:, 16])
        assert np.array_equal(report.clipped, (seen == 255).sum(axis=(1, 2)))


def test_reports_have_the_distribution_of_whole_pictures() -> None:
    pictures, _ = doorbell.scenes("nonce", "lima", 4, 1000)
    whole, (some, _) = doorbell.features(pictures), reports("nonce", "lima", 4, 1000)
    assert some.features.mean(axis=0) == pytest.approx(whole.mean(axis=0), rel=0.02)


def test_without_an_update_nothing_changes() -> None:
    before, after = reports("nonce", "cairo", 0, 10)
    assert before is after
    assert len(reports("nonce", "cairo", 0, 0, UPDATE)[1].features) == 0


def test_shadows_show_the_gain_that_clipping_hides() -> None:
    before, after = reports("nonce", "bergen", 3, 1000, UPDATE)
    blue = doorbell.FEATURES.index("blue")
    gain = UPDATE.blue / doorbell.ONE
    assert after.clipped[:, 2].mean() > 20
    by_means = after.features[:, blue].mean() / before.features[:, blue].mean()
    by_shadows = after.shadows[:, 2].mean() / before.shadows[:, 2].mean()
    assert by_means < gain * 0.95
    assert by_shadows == pytest.approx(gain, rel=0.005)
