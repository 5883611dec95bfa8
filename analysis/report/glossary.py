"""What the words of reports mean; docs/reference/glossary.md is written from it."""

from __future__ import annotations

from analysis.document import Definitions, Document, Paragraph, Section
from analysis.document.numbers import MEASURED_PERCENT, PREDICTED_PERCENT, words
from analysis.model.recommendation import KNEE
from hardware_profiles.numerals import percent

TERMS: dict[str, str] = {
    "batch": "Samples that are stored, decoded and consumed together.",
    "bottleneck": "The stage whose removal raises the rate most; measured by taking stages out "
    "one at a time, and predicted with a probability.",
    "bundle": "The record of a run: raw samples in order, what was measured, by which code, on "
    "what kind of machine. Everything else is worked out from it.",
    "canary": "A fixed piece of work that is timed beside every sample, to notice when the "
    "machine runs slower.",
    "canonical layout": "The one layout of each format that headlines compare.",
    "case": "One thing that is timed alone: decoding, encoding, reading or copying a batch.",
    "codec": "Format, layout and decoder, such as json/lines/orjson.",
    "configuration": "One way to run the whole pipeline: payload, codec, batch, workers, prefetch, "
    "storage, workload, accelerator.",
    "decoder": "The library and way by which bytes become tensors.",
    "data entropy": "How many of the 8 bits of a byte the samples hold, by how often each value of "
    "a byte occurs.",
    "egress": "What a cloud charges for data that leaves it.",
    "feeding tax": "The share of the time in which the accelerator waits: 1 - step time / time "
    "from batch to batch.",
    "flow equilibrium": "The fewest workers with which the accelerator gets 95 % of what it could "
    "take.",
    "grey world": "A correction of colours: a scene is taken to be grey on average, and red and "
    "blue are scaled until it is.",
    "h2d": "Host to device: copying a batch to the accelerator's memory.",
    "interval score": "The width of a predicted interval plus what it missed by times 2 / (1 - "
    "confidence): the less the better.",
    "interval": "[low, high]: of what was measured it holds the true value with "
    f"{MEASURED_PERCENT} probability, of what is predicted or looked up with {PREDICTED_PERCENT}.",
    "ipc": "Interprocess communication: sending a batch from a worker process and receiving it in "
    "the consumer.",
    "isolated stage": "A stage that is measured alone, in one process without a loader.",
    "kind of a number": "How it is known: given, measured, calibrated (by the model, from this "
    "machine's measurements), datasheet, published, derived, extrapolated (beyond what was "
    "measured), assumed.",
    "K-S test": "Kolmogorov and Smirnov's, of two samples: D is the largest distance of their "
    "distribution functions, p how probable one as large is without any difference.",
    "knee": f"The fewest workers that come to {percent(KNEE)} of the highest rate.",
    "layout": "How the values of a payload lie in a format's bytes.",
    "lever": "What can be set in an act.",
    "loader": "What torch's DataLoader itself costs: the time that no stage explains.",
    "lock": "A prediction with an interval and a confidence, kept before the answer is shown.",
    "MAPE": "Mean absolute percentage error: the mean of |predicted / measured - 1|.",
    "MFU": "Model FLOP/s utilisation: floating-point operations of the model per second over the "
    "accelerator's peak.",
    "naive": "A role of a codec: the way one writes without looking for speed.",
    "payload": "What one sample is: tabular, image, tokens or audio.",
    "population stability index": "How far the shares of two samples in ten bins lie apart.",
    "prefetch": "Batches that each worker makes ahead.",
    "ready": "The share of batches that were ready when the consumer needed one.",
    "repetition floor": "How far a configuration lies from itself when it is measured again at the "
    "end of the run. Both windows have noise; a prediction without any error would be off by that "
    "of what it is compared with: where that is one window, 1 / sqrt(2) of the difference.",
    "stage": "A part of a batch's way: storage, decode, transform, ipc, h2d, step.",
    "step": "What the accelerator does with a batch; emulated by waiting, or really run.",
    "storage tier": "A kind of storage by rate, latency and requests per second, emulated by "
    "waiting.",
    "supply and demand": "Samples per second that workers can make, and that the accelerator could "
    "take.",
    "transform": "What the CPU does to a decoded batch: normalise, crop, window.",
    "verdict": "Whether a run can be trusted: valid, suspect or invalid, with reasons.",
    "window": "A stretch of a second or more in which a configuration runs steadily, or a few "
    "samples in a row of a case.",
    "white balance": "Gains of red and blue by which a camera makes grey things grey in any light.",
    "worker": "A process of the loader that reads, decodes and transforms batches.",
    "workload": "The model that consumes the samples: ResNet-50, Llama-3-70B, a DLRM, a keyword "
    "spotter.",
}


def section() -> Section:
    """Return all terms, for the end of a page."""
    return Section(
        "Glossary",
        (Definitions(tuple((name, words(text)) for name, text in TERMS.items())),),
        detail=True,
        page_only=True,
    )


def document() -> Document:
    """Return all terms as a page of the documentation."""
    introduction = Paragraph("What the words of reports, commands and documents mean.", quiet=True)
    return Document("Glossary", (Section("", (introduction, *section().blocks)),))
