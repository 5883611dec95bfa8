"""How many labels are wrong, by where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hardware_profiles.catalogue import Catalogue
    from hardware_profiles.quantity import Quantity

_SHARES = {
    "low": "web_errors",
    "crowd": "imagenet_errors",
    "checked": "cifar10_errors",
    "expert": "mnist_errors",
}
"""The data sets that stand for a quality: the web's text, ImageNet, CIFAR-10, MNIST."""


def wrong_labels(catalogue: Catalogue, quality: str) -> Quantity:
    """Return the share of labels that are wrong at a setting of the lever `label-quality`."""
    return catalogue["labels"][f"share.{_SHARES[quality]}"]
