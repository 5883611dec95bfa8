"""The levers of the act on drift, and the stream that they are about; light, as all levers are."""

from __future__ import annotations

from analysis.acts.lever import Lever

CITIES = ("austin", "bergen", "cairo", "jaipur", "lima", "osaka")
"""Of the doorbells: those of `formats.payloads.doorbell`, named here since this module is light."""
STREAM_DAYS = 24
"""How long their stream is."""
FIRST_DATE = "2026-03-01"
"""Of its day 1."""
FIRST_UPDATE, LAST_UPDATE = 9, 23
"""Days on which an update can come: a week before it is the reference, and one more is tested."""

DRIFT_LEVERS = (
    Lever(
        "city",
        "City of the update",
        "whose cameras get the firmware; unknown: the one that follows from the run's nonce",
        names=("unknown", *CITIES),
        default="unknown",
        on_page={"unknown": "unknown", "cairo": "Cairo", "lima": "Lima"},
    ),
    Lever(
        "firmware-date",
        "Date of the update",
        f"a day of the stream, or a date; day 1 is {FIRST_DATE}",
        names=tuple(f"day {day}" for day in range(FIRST_UPDATE, LAST_UPDATE + 1)),
        pattern=r"2026-03-(09|1[0-9]|2[0-3])",
        default="day 15",
        on_page={day: day for day in ("day 10", "day 15", "day 20")},
    ),
    Lever(
        "alpha",
        "Drift sensitivity",
        "alpha level for the K-S test: the share of false alarms that is put up with",
        names=("0.1", "0.05", "0.01", "0.001"),
        pattern=r"0\.(?!0+$)[0-9]{1,6}",
        default="0.05",
        on_page={alpha: alpha for alpha in ("0.1", "0.05", "0.01")},
    ),
    Lever(
        "correction",
        "Correction for many tests",
        "of a day's tests of all features and cities together: none, Bonferroni's, or that of "
        "Benjamini and Hochberg",
        names=("none", "bonferroni", "bh"),
        default="bonferroni",
        on_page={
            "none": "none",
            "bonferroni": "Bonferroni",
            "bh": "Benjamini-Hochberg",
        },
    ),
    Lever(
        "window",
        "Pictures per test",
        "of a city, the newest ones; a stream that is shorter yet gives what it has",
        stops=("50", "200", "1000", "3000"),
        unit="1",
        limits=("20", "5000"),
        default="200",
        on_page={count: count for count in ("50", "200", "1000")},
    ),
)
