"""What data is worth, and when it has changed."""

from __future__ import annotations

from hardware_profiles.categories.thing import Count, Exponent, Items, Share, Thing
from hardware_profiles.rows import Named


class Quality(Thing):
    """Findings on data: exponents, shares, accuracies, thresholds, counts."""

    exponent: Named[Exponent]
    share: Named[Share]
    ratio: Named[Count]
    items: Named[Items]
