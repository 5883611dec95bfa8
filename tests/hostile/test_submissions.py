"""Changed hand-ins: each is rejected with a remark, or has its rows; nothing else comes of it."""

from __future__ import annotations

import random

import pytest

from tests.hostile.submissions import changed, judge


@pytest.mark.hostile
@pytest.mark.parametrize("part", range(4))
def test_whatever_is_handed_in_is_judged(part: int) -> None:
    for number in range(150):
        judge(changed(random.Random(f"test {part} {number}")))
