"""Which instruments of the lab's page show what, and which of them each lever moves."""

from __future__ import annotations

ALL = "All numbers of this act, as the command gives them"
_WAYS, _TAX = "Each way of moving it, with 90 % intervals", "GPU Hunger < 10%"
_PREDICTED = "Predicted from this machine's run, and measured"
_LIMITS = "The mission's limits, and the Sustainability Lead's"
_ENERGY, _WORTH = "Where the energy goes", "What the selection is worth"
_MOVING, _FEEDING = "Ingestion Speed, moving it", "Ingestion Speed, feeding it"
_KS = "Kolmogorov-Smirnov tests of the last day"
_CROSSOVER, _RADAR = "SneakernetCrossoverPlot", "TransferTimeRadar"
_GAUGE, _MFU = "FeedingTaxGauge", "MFU_vs_Ingestion_Plot"
_PARTS, _EPOCH = "IngestionWaterfall", "DataGravityWaterfall"
_HEALTH = "Pipeline Health"

MOVES: dict[str, dict[str, tuple[str, set[str]]]] = {
    "gravity": {
        "size": ("10 TB", {_CROSSOVER, _WAYS, "Egress Cost", "Egress < $100k"}),
        "distance": ("100 km", {_CROSSOVER, _RADAR, _WAYS, _MOVING}),
        "link": ("fibre_1g", {_CROSSOVER, _RADAR, _WAYS, _MOVING}),
        "streams": ("4", {_CROSSOVER, _RADAR, _WAYS, _MOVING}),
        "method": ("snowball_80", {_MOVING}),
        "boxes": ("4", {_CROSSOVER, _RADAR, _WAYS}),
        "tier": ("s3_glacier_flexible", {_CROSSOVER, _RADAR, _WAYS, _MOVING}),
        "tariff": ("ingress", {_WAYS}),
        "deadline": ("1 day", {_CROSSOVER, _WAYS}),
    },
    "feeding-tax": {
        "format": ("protobuf", {_GAUGE, _PARTS, _EPOCH, _PREDICTED, _FEEDING, _HEALTH, _TAX}),
        "layout": ("base64", {_GAUGE, _PARTS, _EPOCH, _PREDICTED, _FEEDING, _HEALTH, _TAX}),
        "decoder": ("stdlib", {_GAUGE, _PARTS, _EPOCH, _PREDICTED, _FEEDING, _HEALTH, _TAX}),
        "workers": ("9", {_GAUGE, _PARTS, _EPOCH, _PREDICTED, _FEEDING, _HEALTH, _TAX}),
        "storage": (
            "nvme_gen4",
            {_GAUGE, _MFU, _PARTS, _EPOCH, _PREDICTED, _FEEDING, _HEALTH, _TAX},
        ),
        "accelerator": ("a100", {_GAUGE, _MFU, _PARTS, _EPOCH, _PREDICTED, _HEALTH, _TAX}),
        "rate": ("emulated", {_GAUGE, _MFU, _PARTS, _EPOCH, _PREDICTED, _HEALTH, _TAX}),
    },
    "zero-waste": {
        "filter": (
            "50 percent",
            {"EnergyWaterfall", _ENERGY, _LIMITS, _WORTH, "Data Selection Gain",
             "Data/Compute energy"},
        ),
        "dedup": ("20 percent", {"EnergyWaterfall", _ENERGY, _LIMITS, "Data/Compute energy"}),
        "label-quality": ("expert", {_WORTH}),
        "place": ("local", {_ENERGY}),
        "wire-format": (
            "parquet",
            {"EnergyWaterfall", _ENERGY, _LIMITS, _WORTH, "Data Selection Gain",
             "Data/Compute energy", "Architectures to propose, in the format that is set"},
        ),
        "region": ("france", {_ENERGY, _LIMITS}),
        "gain": ("terms", {_WORTH}),
    },
    "drift": {
        "city": (
            "lima",
            {"DriftECDF", "DriftOverDays", "PowerOverWindow", _KS, "Drift Detected",
             "How often the classifier is right in that city, as measured in this run"},
        ),
        "firmware-date": ("day 10", {"DriftOverDays"}),
        "alpha": ("0.01", {"PowerOverWindow", "FleetSize"}),
        "correction": ("none", {"PowerOverWindow", _KS}),
        "window": ("50", {"DriftECDF", "DriftOverDays", "FleetSize", _KS}),
    },
}  # fmt: skip
"""By act and lever: another setting than its first, and the instruments that depend on it.

They follow from what each shows: a transfer's size is on the axis of TransferTimeRadar, a link's
rate is not; the tariff is in what each way costs, and in no time.
"""

NOW = """() => {
  const zones = ["header", "telemetry"].map((name) => find(document, `[data-zone="${name}"]`));
  function find(root, selector) {
    const here = root.querySelector(selector);
    if (here) return here;
    for (const element of root.querySelectorAll("*")) {
      const inner = element.shadowRoot && find(element.shadowRoot, selector);
      if (inner) return inner;
    }
    return null;
  }
  const words = (element) => element.textContent.replace(/\\s+/g, " ").trim();
  const shown = {};
  for (const zone of zones) {
    for (const figure of zone.querySelectorAll("figure")) {
      const paths = [...figure.querySelectorAll("path")].map((path) => path.getAttribute("d"));
      const label = figure.querySelector("svg").getAttribute("aria-label");
      shown[figure.querySelector("figcaption code").textContent] = [label, ...paths].join(" ");
    }
    for (const table of zone.querySelectorAll("table"))
      if (!table.closest("figure")) shown[words(table.caption)] = words(table);
    for (const card of zone.querySelectorAll(".card"))
      shown[words(card.querySelector(".name"))] = words(card);
  }
  return shown;
}"""
"""What each instrument shows just now, by its name: of figures the paths and what they say."""
