"""What is asked of the tables of a class: a function a view. Groups under so many say nothing."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from scipy.special import betaincinv

from analysis.course.results import (
    SMALL,
    Bound,
    Calibration,
    CodecSpread,
    DeviceSpread,
    Failure,
    ParameterSpread,
    PredictionError,
    Quantiles,
    QuestionResult,
    Ratio,
)
from analysis.course.rules import RULES
from analysis.ledger.questions import QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analysis.course.database import Database
    from bench.course import Course

_LEVELS = "[0.05, 0.25, 0.5, 0.75, 0.95]"
_FIRST = 10
"""Pseudonyms that are named where many could be."""
_WORST = 12
"""Configurations that are shown, those that the model predicts worst."""
_BANDS = (0.0, 0.6, 0.75, 0.85, 0.925, 1.0)
"""Of confidences that count as about the same."""
_TAIL = 0.05
MOST_POINTS = 1_500
"""Predictions in the figure."""
_BY_CLASS = "GROUPING SETS ((payload, codec), (payload, codec, machine_class))"


def _quantiles(machines: int, values: list[float]) -> Quantiles:
    return Quantiles(machines, *values)


def failures(data: Database) -> list[Failure]:
    """Return what the rules had to say, the most serious and commonest first."""
    rows = data.rows(
        f"""
        SELECT rule, severity, count(DISTINCT file) AS files,
               list_slice(list_sort(list(DISTINCT coalesce(pseudonym, shown))), 1, {_FIRST})
        FROM remarks JOIN handed_in USING (submission)
        GROUP BY rule, severity
        ORDER BY array_position(['reject', 'look', 'note'], severity), files DESC, rule
        """  # noqa: S608
    )
    return [
        Failure(rule, severity, RULES[rule].what if rule in RULES else rule, files, tuple(who))
        for rule, severity, files, who in rows
    ]


def questions(data: Database, course: Course | None) -> list[QuestionResult]:
    """Return how the class did on each question of the course, or on all."""
    names = [question.name for question in course.questions] if course else []
    texts = {q.name: q.text for q in course.questions if q.text} if course else {}
    rows = {
        row[0]: row[1:]
        for row in data.rows(
            f"""
            SELECT question, count(*), count(choice), count(*) FILTER (late), count(value),
                   count(*) FILTER ("right"), count(*) FILTER (held), median(confidence),
                   list_slice(list_sort(list(coalesce(pseudonym, shown))
                       FILTER (choice IS NULL)), 1, {_FIRST})
            FROM locks JOIN counted USING (submission) GROUP BY question
            """  # noqa: S608
        )
    }
    result = []
    for name in names or list(QUESTIONS):
        if name in rows:
            figures: list[Any] = [*rows[name][:-1], tuple(rows[name][-1] or ())]
            text = texts.get(name) or (QUESTIONS[name].text if name in QUESTIONS else name)
            result.append(QuestionResult(name, text, *figures))
    return result


def calibration(data: Database, course: Course | None, group: int) -> list[Calibration]:
    """Return how many intervals held, by the confidence with which they were given."""
    rows = data.rows(
        """
        SELECT confidence, held FROM locks JOIN counted USING (submission)
        WHERE value IS NOT NULL AND NOT coalesce(late, false)
          AND (len($names) = 0 OR list_contains($names, question))
        """,
        names=[question.name for question in course.questions] if course else [],
    )
    result = []
    for low, high in pairwise(_BANDS):
        inside = [(c, held) for c, held in rows if low < c <= high]
        if len(inside) < group:
            continue
        n, k = len(inside), sum(held for _, held in inside)
        least = float(betaincinv(k, n - k + 1, _TAIL)) if k else 0.0
        most = float(betaincinv(k + 1, n - k, 1 - _TAIL)) if k < n else 1.0
        result.append(Calibration(sum(c for c, _ in inside) / n, n, k, least, most))
    return result


def codecs(data: Database, group: int) -> list[CodecSpread]:
    """Return how fast codecs decode, over all machines and by classes of them."""
    rows = data.rows(
        f"""
        SELECT payload, codec, machine_class, count(*), quantile_cont(mb_per_s, {_LEVELS})
        FROM usual WHERE kind = 'decode' GROUP BY {_BY_CLASS} HAVING count(*) >= $group
          AND (grouping(machine_class) = 1 OR machine_class IS NOT NULL)
        ORDER BY payload, grouping(machine_class) DESC, machine_class, median(mb_per_s) DESC, codec
        """,  # noqa: S608
        group=group,
    )
    return [CodecSpread(p, c, m, _quantiles(n, values)) for p, c, m, n, values in rows]


def ratios(data: Database, group: int) -> list[Ratio]:
    """Return how many times as fast the class's fastest codec decodes as each other one."""
    rows = data.rows(
        f"""
        WITH best AS (
            SELECT payload, arg_max(codec, speed) AS codec FROM (
                SELECT payload, codec, median(mb_per_s) AS speed, count(*) AS machines
                FROM usual WHERE kind = 'decode' GROUP BY payload, codec
            ) WHERE machines >= $group GROUP BY payload
        )
        SELECT u.payload, best.codec, o.codec, count(*),
               quantile_cont(o.time_s / u.time_s, {_LEVELS}),
               count(*) FILTER (u.time_s < o.time_s)
        FROM usual u JOIN best ON u.payload = best.payload AND u.codec = best.codec
        JOIN usual o ON o.submission = u.submission AND o.payload = u.payload
            AND o.size = u.size AND o.batch = u.batch AND o.codec <> u.codec
        WHERE u.kind = 'decode' AND o.kind = 'decode'
        GROUP BY u.payload, best.codec, o.codec HAVING count(*) >= $group
        ORDER BY u.payload, median(o.time_s / u.time_s), o.codec
        """,  # noqa: S608
        group=group,
    )
    return [Ratio(p, c, o, _quantiles(n, values), faster) for p, c, o, n, values, faster in rows]


def bound(data: Database, group: int) -> list[Bound]:
    """Return by which stages configurations are bound, where one clearly gains most."""
    rows = data.rows(
        """
        WITH clear AS (
            SELECT submission, machine_class, stage FROM bottlenecks
            JOIN compared USING (submission) WHERE clear
        ), totals AS (
            SELECT machine_class, count(*) AS n, count(DISTINCT submission) AS machines FROM clear
            GROUP BY GROUPING SETS ((), (machine_class))
            HAVING grouping(machine_class) = 1 OR machine_class IS NOT NULL
        ), stages AS (
            SELECT machine_class, stage, count(*) AS n FROM clear
            GROUP BY GROUPING SETS ((stage), (stage, machine_class))
            HAVING grouping(machine_class) = 1 OR machine_class IS NOT NULL
        )
        SELECT s.machine_class, s.stage, t.machines, s.n / t.n
        FROM stages s JOIN totals t ON s.machine_class IS NOT DISTINCT FROM t.machine_class
        WHERE t.machines >= $group ORDER BY s.machine_class NULLS FIRST, 4 DESC, s.stage
        """,
        group=group,
    )
    return [Bound(*row) for row in rows]


def parameters(data: Database, group: int) -> list[ParameterSpread]:
    """Return the parameters of calibrated machines."""
    rows = data.rows(
        f"""
        SELECT parameter, any_value(unit), count(*), quantile_cont(value, {_LEVELS}),
               median(ln(high / low) / 2)
        FROM parameters JOIN compared USING (submission)
        WHERE value > 0 AND low > 0 GROUP BY parameter HAVING count(*) >= $group
        ORDER BY parameter
        """,  # noqa: S608
        group=group,
    )
    return [ParameterSpread(p, u, _quantiles(n, values), w) for p, u, n, values, w in rows]


def predicted(data: Database, group: int) -> list[PredictionError]:
    """Return how predictions lie: of all, by class of machines, and of the worst configurations."""
    rows = data.rows(
        """
        SELECT machine_class, configuration, count(DISTINCT submission), count(*),
               median(abs(predicted / measured - 1)), median(predicted / measured - 1),
               avg((measured BETWEEN low AND high)::INT), grouping(machine_class, configuration)
        FROM predictions JOIN compared USING (submission) WHERE measured > 0
        GROUP BY GROUPING SETS ((), (machine_class), (configuration))
        HAVING count(DISTINCT submission) >= $group
        ORDER BY grouping(machine_class, configuration) DESC, 5 DESC
        """,
        group=group,
    )
    result, worst = [], 0
    for machine_class, configuration, *numbers, grouping in rows:
        if grouping == 1 and machine_class is None:
            continue  # classes of machines that are too small
        worst += configuration is not None
        if worst <= _WORST or configuration is None:
            result.append(PredictionError(machine_class, configuration, *numbers))
    return result


def points(data: Database, group: int) -> list[tuple[str, float, float, float, float]]:
    """Return predictions for the figure, no more than can be seen."""
    if data.rows("SELECT count(DISTINCT submission) FROM predictions")[0][0] < group:
        return []
    rows: list[Any] = data.rows(
        f"""
        SELECT coalesce(machine_class, 'fewer each'), predicted, low, high, measured
        FROM predictions JOIN compared USING (submission) WHERE measured > 0
        ORDER BY hash(submission || configuration), 2 LIMIT {MOST_POINTS}
        """  # noqa: S608
    )
    return rows


def devices(data: Database, group: int) -> list[DeviceSpread]:
    """Return what machines imply for devices."""
    rows = data.rows(
        f"""
        SELECT device, any_value(configuration), count(*),
               quantile_cont(samples_per_s, {_LEVELS}), median(ln(high / low) / 2)
        FROM devices JOIN compared USING (submission) WHERE low > 0
        GROUP BY device HAVING count(*) >= $group ORDER BY device
        """,  # noqa: S608
        group=group,
    )
    return [DeviceSpread(d, c, _quantiles(n, values), w) for d, c, n, values, w in rows]


def machine_classes(data: Database) -> Iterator[tuple[str, int]]:
    """Yield classes of machines that are compared, the largest first; small ones together."""
    rows = data.rows(
        "SELECT machine_class, count(*) FROM compared GROUP BY 1 ORDER BY machine_class IS NULL, "
        "2 DESC, 1"
    )
    yield from ((name or SMALL, count) for name, count in rows)
