"""What data is worth, and when it has changed."""

from __future__ import annotations

from hardware_profiles.categories.thing import Count, Items, Share, Thing
from hardware_profiles.rows import Named


class Quality(Thing):
    """Findings on data: exponents, shares, accuracies, thresholds, counts."""

    exponent: Named[Count]
    share: Named[Share]
    ratio: Named[Count]
    items: Named[Items]
