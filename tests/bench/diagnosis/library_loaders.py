"""Loaders as the documents of other libraries have them, on data that is made in a folder.

The folder is that of the variable LOADER_DATA.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from PIL import Image
from torch.utils.data import DataLoader

SHARDS, RECORDS = 2, 96


def folder() -> Path:
    return Path(os.environ["LOADER_DATA"])


def picture(number: int) -> bytes:
    """A picture as JPEG."""
    pixels = np.random.default_rng(number).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    image = Image.fromarray(pixels).resize((96, 96), Image.Resampling.BILINEAR)
    file = io.BytesIO()
    image.save(file, "JPEG")
    return file.getvalue()


def make_data(path: Path) -> None:
    """Make what the loaders read: folders of pictures, shards, tables, lines of text."""
    for label in ("cat", "dog"):
        (path / "pictures" / label).mkdir(parents=True)
        for number in range(RECORDS):
            (path / "pictures" / label / f"{number}.jpg").write_bytes(picture(number))
    for shard in range(SHARDS):
        with tarfile.open(path / f"shard-{shard:03}.tar", "w") as tar:
            for number in range(RECORDS):
                image, kind = picture(shard * RECORDS + number), b"%d" % (number % 2)
                for suffix, data in (("jpg", image), ("cls", kind)):
                    entry = tarfile.TarInfo(f"{shard}-{number:04}.{suffix}")
                    entry.size = len(data)
                    tar.addfile(entry, io.BytesIO(data))
        numbers = np.arange(shard * 2000, (shard + 1) * 2000)
        table = pa.table({"x": numbers.astype(np.float32), "label": numbers % 2})
        pq.write_table(table, path / f"part-{shard}.parquet", row_group_size=200)
    words = ["the quick brown fox jumps over lazy dogs"[: 5 + n % 35] for n in range(2000)]
    (path / "text.jsonl").write_text("\n".join(json.dumps({"text": w}) for w in words))


def declare_operators() -> None:
    """Let torchvision be imported where its compiled part does not load, as that for CUDA here.

    Its data sets and transforms are Python over Pillow; but its import describes two operators of
    that part, which have to be known.
    """
    with contextlib.suppress(RuntimeError):
        import torchvision  # noqa: F401 - to see whether it loads

        return
    for name in ("nms", "qnms"):
        torch.library.define(
            f"torchvision::{name}", "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
        )


def torchvision_folder() -> DataLoader[Any]:
    """An ImageFolder with the usual transforms."""
    declare_operators()
    from torchvision import datasets, transforms

    steps = [transforms.RandomResizedCrop(64), transforms.ToTensor()]
    images = datasets.ImageFolder(str(folder() / "pictures"), transforms.Compose(steps))
    return DataLoader(images, batch_size=16, shuffle=True, num_workers=2)


def webdataset_shards() -> DataLoader[Any]:
    """Shards of JPEG with labels, decoded and made batches of in the workers."""
    import webdataset as wds

    def prepare(sample: Any) -> Any:
        pixels, label = sample
        return torch.from_numpy(np.asarray(pixels).copy()), label

    urls = [path.as_posix() for path in sorted(folder().glob("shard-*.tar"))]
    shards = wds.WebDataset(urls, shardshuffle=False).decode("pil").to_tuple("jpg", "cls")
    return DataLoader(shards.map(prepare).batched(16), batch_size=None, num_workers=2)


def hugging_face_stream() -> DataLoader[Any]:
    """A table in Parquet, streamed."""
    from datasets import load_dataset

    files = [path.as_posix() for path in sorted(folder().glob("part-*.parquet"))]
    stream = load_dataset("parquet", data_files={"train": files}, split="train", streaming=True)
    return DataLoader(stream.with_format("torch"), batch_size=32, num_workers=2)


def tokenise(samples: list[Any]) -> Any:
    """Make tokens of texts, character by character, and fill them up to the longest."""
    rows = [[ord(character) for character in sample["text"]] for sample in samples]
    longest = max(map(len, rows))
    padded = [row + [0] * (longest - len(row)) for row in rows]
    mask = [[int(value > 0) for value in row] for row in padded]
    return {"input_ids": torch.tensor(padded), "attention_mask": torch.tensor(mask)}


class Lines:
    """Texts, one a line of JSON."""

    def __init__(self, path: Path) -> None:
        self.lines = path.read_text().splitlines()

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, index: int) -> Any:
        return json.loads(self.lines[index])


def tokenising_collate() -> DataLoader[Any]:
    """Texts that a collate makes tokens of."""
    lines: Any = Lines(folder() / "text.jsonl")
    return DataLoader(lines, batch_size=32, num_workers=1, collate_fn=tokenise)
