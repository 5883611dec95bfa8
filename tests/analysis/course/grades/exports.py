"""Exports typed after what systems write; the shapes are of their sources and documentation.

Canvas: lib/gradebook_exporter.rb of instructure/canvas-lms. Moodle: the assignment's grading
worksheet (docs.moodle.org, Assignment grading FAQ).
"""

from __future__ import annotations

from analysis.course.gradebook import sheet
from analysis.course.grades.system import Graded, Request
from analysis.course.roster import Person
from analysis.course.scores import scores
from tests.analysis.course.classes import COURSE, lock, submission

CANVAS = (
    '\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Notes,"Quiz 2: data, part 1 (201)",'
    "Data Factory lab (317),Assignments Current Score,Final Grade\r\n"
    ",,,,,,,Manual Posting,,\r\n"
    "    Points Possible,,,,,,10.00,7.50,(read only),(read only)\r\n"
    '"Doe, Jane",11,S-0011,jdoe,LAB 1 and LAB 2,=1+1,8.00,,88.00,B\r\n'
    '"Müller, ""Zoë""",12,0012,zoe@uni.example,LAB 1,,N/A,5.00,,\r\n'
    '"Roe, Richard",13,S-0013,rroe,LAB 1,,-1.00,6.00,,\r\n'
    '"Poe, Edgar",14,S-0014,epoe,LAB 2,,,EX,,\r\n'
    '"Foe, Friday",15,S-0015,ffoe,LAB 2,,,3.00,,\r\n'
    '"Student, Test",99,,7c1f0e5b,LAB 1,,,,0.00,F\r\n'
).encode()
WESTERN = (
    "Student;ID;SIS Login ID;Section;Data Factory lab (317);Uppgifter Current Score\n"
    "    Points Possible;;;;7,5;(läs endast)\n"
    '"Doe, Jane";11;jdoe;A;;\n'
    '"Roe, Richard";13;rroe;A;"6,0";1,0\n'
).encode()
MOODLE = (
    "Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\r\n"
    "Participant 555,Jane Doe,jane@uni.example,Submitted for grading,,10.00,Yes,-,-,\r\n"
    "Participant 556,Zoë Müller,zoe@uni.example,Submitted,5.00,10.00,Yes,-,-,Well done\r\n"
    "Participant 557,Richard Roe,roe@uni.example,Submitted,1.00,10.00,No,-,-,\r\n"
    "Participant 558,Friday Foe,foe@uni.example,No submission,-,10.00,Yes,-,-,-\r\n"
).encode()


def person(name: str, **ids: str) -> Person:
    return Person(name, 1, {kind: (value,) for kind, value in ids.items()})


JANE = person("Jane Doe", login="jdoe", number="S-0011", email="jane@uni.example")
ZOE = person("Zoë Müller", email="zoe@uni.example", number="0012")
ROE = person("Richard Roe", email="roe@uni.example", login="rroe")
POE = person("Edgar Poe", login="epoe")
FOE = person("Friday Foe", email="foe@uni.example", login="ffoe")
GONE = person("Gone", login="gone", number="S-9")
ROWS = [
    submission("1" * 12, key="1" * 16),
    submission("2" * 12, key="2" * 16),
    submission("3" * 12, key="3" * 16),
    submission("4" * 12, key="4" * 16),
    submission("6" * 12, status="rejected", reasons=("digest: <b>no</b>", "=1+1")),
    submission("7" * 12, key="7" * 16),
]
LOCKS = [
    *(lock("1" * 16, name) for name in ("gravity", "drift")),
    lock("2" * 16, "gravity"),
]
BY_PSEUDONYM = {score.pseudonym[0]: score for score in scores(ROWS, LOCKS, COURSE)}
"""Points: 7.5, 6, 4, 4, none, 4."""
GRADED = (
    Graded(JANE, BY_PSEUDONYM["1"]),
    Graded(ZOE, BY_PSEUDONYM["2"]),
    Graded(ROE, BY_PSEUDONYM["3"]),
    Graded(POE, BY_PSEUDONYM["4"]),
    Graded(GONE, BY_PSEUDONYM["7"]),
    Graded(FOE, BY_PSEUDONYM["6"]),
)


def request(
    export: bytes | None = None,
    *,
    column: str | None = None,
    only_changed: bool = False,
    graded: tuple[Graded, ...] = GRADED,
    course: str = COURSE.name,
) -> Request:
    whole = sheet(export, "export.csv") if export else None
    return Request(graded, 7.5, course, whole, column, only_changed)
