"""What a label says of the task: the entropy in data selection gain.

It is the mutual information of the label that is given and the one that is right, in bits a sample:
with K classes that are equally frequent, and a share e of labels that are wrong and spread evenly
over the other classes, log2 K - h(e) - e log2(K - 1), where h is the entropy of a coin. Labels that
are wrong in a way that can be learned hold more than that.
"""

from __future__ import annotations

from math import log as ln
from math import log2
from typing import TYPE_CHECKING

from hardware_profiles.quantity import exact, log, maximum, minimum

if TYPE_CHECKING:
    from hardware_profiles.quantity import Quantity

_LEAST = 1e-12
"""A share of wrong labels that is as good as none."""


def label_information(wrong: Quantity, classes: int) -> Quantity:
    """Return the information of a label on the right one, in b/sample.

    Args:
        wrong: shares of labels that are wrong; beyond (K - 1) / K labels say nothing, as there.
        classes: K, at least 2.

    """
    share = minimum(maximum(wrong.to("1"), _LEAST), (classes - 1) / classes)
    coin = -(share * log(share) + (1 - share) * log(1 - share)) / ln(2)
    return (log2(classes) - coin - share * log2(classes - 1)) * exact(1, "b/sample")


def counted_information(wrong: int, labels: int, classes: int) -> float:
    """Return an estimate of it from labels that were counted, in bits a sample.

    Put into the formula, a counted share gives too much: the entropy of a coin from frequencies is
    too low by 1 / 2n nats (Miller, 1955), where both of its sides occur. That is taken off.

    Args:
        wrong: labels that are wrong.
        labels: n, at least 1.
        classes: K, at least 2.

    """
    plug_in = float(label_information(exact(wrong / labels), classes).to("b/sample").value)
    bias = 1 / (2 * labels * ln(2)) if 0 < wrong < labels else 0.0
    return max(plug_in - bias, 0.0)
