"""A class, compared: from what was checked of its files to what page, paper and tables show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from analysis.course import suspicion, views
from analysis.course.identity import public_name
from analysis.course.results import ClassResults, FileRow
from analysis.course.scores import Score, scores

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analysis.course.database import Database
    from bench.course import Course

_GROUP = 5
"""Groups under so many are not shown, where no course says otherwise."""
_FACTOR = 1.6
_LOCK_COLUMNS = (
    "submission, question, choice, low, high, confidence, late, answer, value, "
    '"right", held, interval_score, tries'
)


class Comparison:
    """A class whose tables are open: what is handed in now, what of it counts and compares."""

    def __init__(self, data: Database, keys: Mapping[str, str], course: Course | None) -> None:
        """Say what is handed in: by the name of a file, the key of what it holds."""
        self.data = data
        self.course = course
        self.group = course.thresholds.group if course else _GROUP
        data.take(
            "listed",
            pa.table(
                {
                    "file": list(keys),
                    "submission": list(keys.values()),
                    "shown": [public_name(file, key) for file, key in keys.items()],
                }
            ),
        )
        data.keep(
            "handed_in",
            "SELECT l.file, l.shown, s.* EXCLUDE (file) FROM listed l "
            "JOIN (SELECT DISTINCT ON (submission) * FROM submissions) s USING (submission)",
        )
        self.scores: Sequence[Score] = scores(
            data.table("SELECT * FROM handed_in"),
            data.table(
                f"SELECT {_LOCK_COLUMNS}, NULL::VARCHAR AS rationale FROM locks "  # noqa: S608
                "WHERE submission IN (SELECT submission FROM handed_in)"
            ),
            course,
        )
        counted = {
            score.counted.file: score.counted.submission for score in self.scores if score.counted
        }
        data.take(
            "counting",
            pa.table({"file": pa.array(counted, pa.string())}),
        )
        data.keep("counted", "SELECT * FROM handed_in WHERE file IN (SELECT file FROM counting)")
        self.workloads = dict(
            data.rows("SELECT workload, count(*) FROM counted GROUP BY 1 ORDER BY 2 DESC, 1")
        )
        self.workload = next(iter(self.workloads), None)
        self._keep_compared()

    def _keep_compared(self) -> None:
        """Keep the machines of the commonest workload, one a student; small classes lose names."""
        self.data.keep(
            "compared",
            """
            SELECT DISTINCT ON (submission) * REPLACE (
                CASE WHEN count(*) OVER (PARTITION BY machine_class) >= $group
                     THEN machine_class END AS machine_class)
            FROM counted WHERE workload = $workload ORDER BY submission
            """,
            group=self.group,
            workload=self.workload or "",
        )
        self.data.keep(
            "usual_cases",
            "SELECT c.*, m.machine_class FROM cases c JOIN compared m USING (submission) "
            "WHERE kind IN ('decode', 'encode')",
        )
        # The first shape of each payload, by how many machines have it: codecs are shown on one.
        self.data.keep(
            "usual",
            """
            SELECT * FROM usual_cases WHERE (payload, size, batch) IN (
                SELECT (payload, arg_max(size, n), arg_max(batch, n)) FROM (
                    SELECT payload, size, batch, count(*) AS n FROM usual_cases
                    GROUP BY payload, size, batch) GROUP BY payload)
            """,
        )

        self.data.keep(
            "inner_ratios",
            'SELECT i.*, m.pseudonym, m.shown FROM "inner" i JOIN compared m USING (submission)',
        )

    def to_model(self, most: int) -> list[str]:
        """Return the files of machines that are to be calibrated: of many, some at random."""
        rows = self.data.rows(
            "SELECT file FROM compared WHERE list_contains(parts, 'pipeline') "
            "ORDER BY submission LIMIT $most",
            most=most,
        )
        return [file for (file,) in rows]

    def results(self) -> ClassResults:
        """Return everything that is shown of the class."""
        data, group = self.data, self.group
        taken_apart = suspicion.residuals(data)
        factor = self.course.thresholds.residual if self.course else _FACTOR
        machines = int(data.rows("SELECT count(*) FROM compared")[0][0])
        return ClassResults(
            course=self.course,
            files=self._files(),
            scores=self.scores,
            workloads={name or "": count for name, count in self.workloads.items()},
            workload=self.workload,
            machine_classes=dict(views.machine_classes(data)),
            machines=machines,
            group=group,
            modelled=int(
                data.rows(
                    "SELECT count(DISTINCT submission) FROM modelled JOIN compared "
                    "USING (submission) WHERE reason = ''"
                )[0][0]
            ),
            failures=views.failures(data),
            questions=views.questions(data, self.course),
            calibration=views.calibration(data, self.course, group),
            similar=suspicion.similar(data),
            unlike=suspicion.unlike(taken_apart, factor),
            uneven=suspicion.uneven(data),
            codecs=views.codecs(data, group),
            ratios=views.ratios(data, group),
            bound=views.bound(data, group),
            parameters=views.parameters(data, group),
            predicted=views.predicted(data, group),
            points=views.points(data, group),
            devices=views.devices(data, group),
            residuals=taken_apart,
        )

    def _files(self) -> list[FileRow]:
        rows = self.data.rows(
            """
            SELECT h.shown, submission, pseudonym, status, c.file IS NOT NULL, trust,
                   machine_class, cpu, division, reasons
            FROM handed_in h LEFT JOIN counting c ON h.file = c.file
            ORDER BY array_position(['sound', 'look', 'rejected'], status), h.file
            """
        )
        files: list[list[Any]] = [[*row[:-1], tuple(row[-1] or ())] for row in rows]
        return [FileRow(*row) for row in files]


def summary_of(results: ClassResults) -> dict[str, Any]:
    """Return a class in a few numbers, for JSON."""
    statuses = {"sound": 0, "look": 0, "rejected": 0}
    for row in results.files:
        statuses[row.status] += 1
    return {
        "files": len(results.files),
        **statuses,
        "students": sum(bool(score.pseudonym) for score in results.scores),
        "machines": results.machines,
        "modelled": results.modelled,
        "workload": results.workload,
        "alike": len(results.similar),
        "unlike": len({each.submission for each in results.unlike}),
        "uneven": len(results.uneven),
    }
