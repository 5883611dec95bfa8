"""What is like another's, or unlike the class: for a person to look at, who may find out why."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from analysis.course.results import Residuals, Similar, Uneven, Unlike
from analysis.statistics.polish import polish
from analysis.statistics.ranks import rank_intervals
from analysis.statistics.robust import robust_sd

if TYPE_CHECKING:
    from analysis.course.database import Database

_LEAST_MACHINES = 8
"""From which a class says what is usual of a case."""
_LEAST_OF_POLISH = 3
_DEVIATIONS = 4.5
"""Robust standard deviations of a case from which a machine is unlike the class."""
_LEAST_SPREAD = 0.1
"""Of a case's residuals, as a logarithm: a few machines may be alike by chance."""
_MOST_ALIKE = 50
"""Students with the same samples: more than these have them from a common source, which one line
says as well."""
_MOST_LISTED = 1_000


def similar(data: Database) -> list[Similar]:
    """Return pairs of students with cases of the same samples, those with most cases first."""
    rows = data.rows(
        f"""
        WITH alike AS (
            SELECT "case", grid, print, list_sort(list(DISTINCT who)) AS students
            FROM (SELECT p.*, coalesce(pseudonym, shown) AS who
                  FROM prints p JOIN handed_in USING (submission) WHERE status <> 'rejected')
            GROUP BY "case", grid, print
            HAVING count(DISTINCT who) BETWEEN 2 AND {_MOST_ALIKE}
        )
        SELECT "case", grid = 0, students FROM alike ORDER BY students, "case", grid
        """  # noqa: S608
    )
    exact: dict[tuple[str, str], set[str]] = defaultdict(set)
    scaled: dict[tuple[str, str], set[str]] = defaultdict(set)
    for case, is_exact, students in rows:
        for place, first in enumerate(students):
            for second in students[place + 1 :]:
                (exact if is_exact else scaled)[first, second].add(case)
    whole = _same_runs(data)
    pairs = sorted(exact.keys() | scaled.keys() | whole)
    result = [
        Similar(
            first,
            second,
            tuple(sorted(exact[first, second] | scaled[first, second])),
            len(exact[first, second]),
            (first, second) in whole,
        )
        for first, second in pairs
    ]
    return sorted(result, key=lambda pair: (not pair.whole, -len(pair.cases)))[:_MOST_LISTED]


def _same_runs(data: Database) -> set[tuple[str, str]]:
    """Return pairs of students who handed in the same run."""
    rows = data.rows(
        f"""
        SELECT list_sort(list(DISTINCT coalesce(pseudonym, shown))) FROM handed_in
        WHERE digest IS NOT NULL GROUP BY digest
        HAVING count(DISTINCT coalesce(pseudonym, shown)) BETWEEN 2 AND {_MOST_ALIKE}
        """  # noqa: S608
    )
    return {
        (first, second)
        for (students,) in rows
        for place, first in enumerate(students)
        for second in students[place + 1 :]
    }


def residuals(data: Database) -> Residuals | None:
    """Return times as case, machine and what is left; None: there are too few machines."""
    machines = data.rows(
        "SELECT submission, coalesce(pseudonym, shown), coalesce(machine_class, '') FROM compared "
        "ORDER BY submission"
    )
    if len(machines) < _LEAST_OF_POLISH:
        return None
    cells = data.columns(
        """
        SELECT c.at AS "case", m.at AS machine, ln(u.time_s)::FLOAT AS log_time
        FROM usual_cases u
        JOIN (SELECT "case", row_number() OVER (ORDER BY "case") - 1 AS at
              FROM (SELECT DISTINCT "case" FROM usual_cases)) c USING ("case")
        JOIN (SELECT submission, row_number() OVER (ORDER BY submission) - 1 AS at
              FROM compared) m USING (submission)
        """
    )
    names = data.rows('SELECT DISTINCT "case" FROM usual_cases ORDER BY "case"')
    if not names:
        return None
    values = np.full((len(names), len(machines)), np.nan, np.float32)
    values[np.asarray(cells["case"]), np.asarray(cells["machine"])] = cells["log_time"]
    taken_apart = polish(values)
    keys, pseudonyms, classes = (tuple(column) for column in zip(*machines, strict=True))
    errors = np.nan_to_num(taken_apart.machine_errors, nan=np.inf)
    return Residuals(
        cases=tuple(name for (name,) in names),
        submissions=keys,
        pseudonyms=pseudonyms,
        machine_classes=classes,
        polish=taken_apart,
        ranks=rank_intervals(np.nan_to_num(taken_apart.machines), errors),
        case_spread=robust_sd(taken_apart.residuals, axis=1),
    )


def unlike(taken: Residuals | None, factor: float) -> list[Unlike]:
    """Return cases that are faster than class and machine say, the farthest first.

    Args:
        taken: the class's times, taken apart.
        factor: how many times as fast a case must be, at least.

    """
    if taken is None or len(taken.submissions) < _LEAST_MACHINES:
        return []
    left = taken.polish.residuals
    spread = np.maximum(taken.case_spread, _LEAST_SPREAD)[:, None]
    with np.errstate(invalid="ignore"):
        far = (-left > np.log(factor)) & (-left > _DEVIATIONS * spread)
    result = [
        Unlike(
            taken.pseudonyms[machine],
            taken.submissions[machine],
            taken.cases[case],
            float(np.exp(-left[case, machine])),
            float(-left[case, machine] / spread[case, 0]),
        )
        for case, machine in np.argwhere(far).tolist()
    ]
    return sorted(result, key=lambda each: -each.deviations)[:_MOST_LISTED]


_LEAST_INNER = 0.1
"""Of the spread of a ratio within runs, as a logarithm."""
_FAR = 3.0
"""Standard deviations of all ratios together from which a run's parts do not fit together."""
_FAR_FACTOR = 1.3
"""And by how much each is off, in the geometric mean."""


def uneven(data: Database) -> list[Uneven]:
    """Return runs whose parts fit together otherwise than those of the class, the farthest first.

    Only where the rest of a run is slower than its fastest parts say: making a part faster by hand
    leaves that.
    """
    rows = data.rows(
        "SELECT submission, coalesce(pseudonym, shown), name, value FROM inner_ratios ORDER BY ALL"
    )
    values: dict[str, dict[tuple[str, str], float]] = defaultdict(dict)
    for submission, student, name, value in rows:
        values[name][submission, student] = value
    logs: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    scores: dict[tuple[str, str], list[float]] = defaultdict(list)
    for name, by_run in values.items():
        if len(by_run) < _LEAST_MACHINES:
            continue
        all_of_them = np.array(list(by_run.values()))
        middle = float(np.median(all_of_them))
        spread = float(robust_sd(all_of_them))
        for run, value in by_run.items():
            logs[run][name] = value - middle
            scores[run].append((value - middle) / max(spread, _LEAST_INNER))
    result = []
    for (submission, student), own in scores.items():
        together = float(np.sum(own) / np.sqrt(len(own)))
        off = float(np.mean(list(logs[submission, student].values())))
        if together > _FAR and off > np.log(_FAR_FACTOR):
            factors = {name: float(np.exp(x)) for name, x in logs[submission, student].items()}
            result.append(Uneven(student, submission, factors, together))
    return sorted(result, key=lambda each: -each.deviations)[:_MOST_LISTED]
