"""Figures: told apart by everybody, their text apart, readable on a phone, with a description."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pytest

from analysis.document.figure_tables import table_of
from analysis.document.figures import (
    Axis,
    Bar,
    Bars,
    Box,
    Boxes,
    BoxPanel,
    BoxRow,
    Compared,
    Comparison,
    Dot,
    Dots,
    Drawing,
    HeatMap,
    Limit,
    Line,
    Lines,
    MapCell,
    MapPanel,
    MapRow,
    Panel,
    Part,
    Shape,
    Span,
    Strip,
    Strips,
    Trace,
    Traces,
    TraceSeries,
)
from analysis.document.live import Control, Live, constant, following, live
from analysis.render.figures import DRAWINGS, draw
from analysis.render.figures.bars import apart
from analysis.render.figures.canvas import (
    MUTED,
    SMALL_PT,
    WIDTH_PT,
    log_ticks,
    tick_label,
    width_pt,
)
from analysis.render.figures.palette import COLOURS, DARK_PAPER, LIGHT_PAPER, marks
from analysis.statistics.number import Number
from tests.conftest import ROOT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array: TypeAlias = NDArray[np.float64]

CSS = (ROOT / "analysis/render/templates/style.css").read_text(encoding="utf-8")
PHONE_PX = 390
LEAST_PX = 11
"""Of text, on a phone."""
LEAST_CONTRAST = 3.0
"""Of graphics with what lies beside them: WCAG 2.2, success criterion 1.4.11."""
TEXT_CONTRAST = 4.5
"""Of text with its ground: WCAG 2.2, success criterion 1.4.3."""


def linear(colour: str) -> Array:
    """Linear light of an sRGB colour: IEC 61966-2-1."""
    srgb = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def contrast(colour: str, other: str) -> float:
    """WCAG 2.2's contrast ratio."""
    high, low = sorted(
        (float(linear(c) @ (0.2126, 0.7152, 0.0722)) for c in (colour, other)), reverse=True
    )
    return (high + 0.05) / (low + 0.05)


def test_contrast_has_its_known_answers() -> None:
    """Black on white is 21; #767676 is the lightest grey with 4.5 on white (WebAIM)."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("paper", [LIGHT_PAPER, DARK_PAPER])
@pytest.mark.parametrize("colour", [*COLOURS, MUTED])
def test_colours_stand_out_on_both_pages(colour: str, paper: str) -> None:
    assert contrast(colour, paper) >= LEAST_CONTRAST


def modes() -> list[dict[str, str]]:
    """The page's colours in its two modes."""
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    shared = dict(re.findall(r"--(\w+): (#\w{6})", light))
    return [shared, shared | dict(re.findall(r"--(\w+): (#\w{6})", dark))]


def test_text_stands_out_in_both_modes() -> None:
    for mode, paper in zip(modes(), (LIGHT_PAPER, DARK_PAPER), strict=True):
        assert mode["paper"] == paper
        for name in ("ink", "soft", "link", "valid", "suspect", "invalid"):
            assert contrast(mode[name], paper) >= TEXT_CONTRAST, name
            assert contrast(mode[name], mode["card"]) >= TEXT_CONTRAST, name


CONES = {
    "all": np.eye(3),
    "no green": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "no red": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
}  # fmt: skip
"""Linear light as readers without a kind of cones see it: Machado, Oliveira and Fernandes 2009."""


def oklab(light: Array) -> Array:
    """Ottosson's Oklab (2020): distances in it are about as large as differences look."""
    cones = np.array(
        [[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
         [0.0883024619, 0.2817188376, 0.6299787005]]
    )  # fmt: skip
    opponent = np.array(
        [[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
         [0.0259040371, 0.7827717662, -0.8086757660]]
    )  # fmt: skip
    return np.asarray(opponent @ np.cbrt(cones @ np.clip(light, 0, 1)), np.float64)


def closest(colours: list[str], cones: Array) -> float:
    """The distance of the two that look most alike."""
    seen = [oklab(cones @ linear(colour)) for colour in colours]
    return min(float(np.linalg.norm(a - b)) for a, b in itertools.combinations(seen, 2))


def test_colours_are_apart_further_than_seaborns() -> None:
    """Of its palette for the colour-blind, as many colours as here; its contrast is 1.3 to 5."""
    seaborn = pytest.importorskip("seaborn")
    theirs = list(seaborn.color_palette("colorblind", len(COLOURS)).as_hex())
    apart = min(closest(list(COLOURS), cones) for cones in CONES.values())
    assert apart >= 0.1
    assert apart >= min(closest(theirs, cones) for cones in CONES.values())
    assert min(contrast(colour, LIGHT_PAPER) for colour in theirs) < LEAST_CONTRAST


def test_series_differ_in_shape_too() -> None:
    names = [f"series {n}" for n in range(40)]
    drawn = marks(names)
    assert len({(mark.colour, mark.marker) for mark in drawn.values()}) == len(names)
    assert len({mark.marker for mark in list(drawn.values())[:7]}) == 7


@pytest.mark.parametrize("seed", range(200))
def test_labels_of_ticks_never_overlap(seed: int) -> None:
    rng = np.random.default_rng(seed)
    low = 10 ** rng.uniform(-3, 5)
    high = low * 10 ** rng.uniform(0.02, 7)
    width = float(rng.uniform(150, 300))
    ticks = log_ticks(low, high, width)
    places = [width * np.log(tick / low) / np.log(high / low) for tick in ticks]
    halves = [width_pt(tick_label(tick), SMALL_PT) / 2 for tick in ticks]
    assert ticks
    assert all(low <= tick <= high for tick in ticks)
    for at in range(len(ticks) - 1):
        assert places[at] + halves[at] < places[at + 1] - halves[at + 1]


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (180, 52_000, [300, 1000, 3000, 10_000, 30_000]),
        (90, 350, [100, 200, 300]),
        (21, 48, [30, 40]),
        (3, 3e6, [100, 10_000, 1_000_000]),
    ],
)
def test_ticks_are_round(low: float, high: float, ticks: list[float]) -> None:
    assert log_ticks(low, high, 240) == pytest.approx(ticks)


def number(value: float) -> Number:
    return Number(value, 0.8 * value, 1.3 * value, 0.95, "MB/s")


SERIES = ("storage", "decode", "step")
PLACE = Control("place", "Place", (("near", "Near"), ("far", "Far away")), "near")
PLACED = following(
    [PLACE],
    lambda at: Trace(
        (1.0, 10.0), (2.0, 3.0 * len(at["place"])), (1.5, 2.0 * len(at["place"])), (4.0, 30.0)
    ),
)
EXAMPLES: dict[type, Drawing] = {
    Dots: Dots(
        (
            Panel(
                "tabular <rows>",
                (Dot("parquet", "a", number(1900.0)), Dot("json", "b", number(40.0), ringed=True)),
                (Limit("memcpy", 40_000.0), Limit("read", 9000.0, "json")),
            ),
        ),
        ("a", "b"),
        "payload MB/s",
    ),
    Bars: Bars(
        tuple(
            Bar(f"image x{n}", (Part("storage", 0, 1), Part("decode", 1, 2.5))) for n in range(14)
        ),
        SERIES,
        "ms",
    ),
    Lines: Lines(
        (Line("image", ((0, 900.0), (1, 800.0), (2, 1500.0)), 2, ((1, 800.0), (2, 1600.0))),),
        "workers",
        "samples/s",
    ),
    Comparison: Comparison(
        (Compared("image x64", "json", number(950.0), 1000.0),), "measured", "predicted"
    ),
    Traces: Traces(
        (
            TraceSeries("fibre", PLACED),
            TraceSeries("limit", constant(Trace((1.0, 100.0), (3.0, 3.0))), reference=True),
        ),
        Axis("km", 1.0, 100.0, logarithmic=True),
        Axis("time", 1.0, 100.0, logarithmic=True, ticks=((1.0, "1 h"), (24.0, "1 day"))),
        live([PLACE], lambda at: f"{at['place']}: slower beyond 10 km."),
    ),
    Strips: Strips(
        (
            Strip(
                "idle",
                (
                    Span("tax", following([PLACE], lambda at: (0.0, 0.1 * len(at["place"])))),
                    Span("interval", constant((0.2, 0.4)), Shape.RANGE),
                    Span("value", constant((0.3, 0.3)), Shape.DOT),
                ),
            ),
        ),
        ("tax", "value"),
        Axis("share of the time", 0.0, 1.0),
        "30 % idle.",
        (Limit("10 %", 0.1),),
    ),
    Boxes: Boxes(
        (
            BoxPanel(
                "image",
                (
                    BoxRow(
                        "csv <rows>",
                        (Box("all", 30, 10, 20, 40, 50, 1000), Box("b", 7, 3, 4, 5, 6, 7)),
                    ),
                    BoxRow("json", (Box("all", 29, 1, 2, 4, 8, 16),)),
                ),
            ),
            BoxPanel("", (BoxRow("beside", (Box("all", 3, 1, 2, 4, 8, 16),)),)),
        ),
        ("all", "b"),
        "MB/s",
        "machines",
        "The middle of csv is 10 times that of json.",
        (Limit("memcpy", 2000.0),),
    ),
    HeatMap: HeatMap(
        (
            MapPanel(
                "decode",
                (
                    MapRow("csv <rows>", (MapCell(0.1, 0.1, 0.1), None, MapCell(-0.2, -0.5, 0.3))),
                    MapRow("json", (MapCell(2.0, 2.0, 2.0), MapCell(0.0, 0.0, 0.0), None)),
                ),
            ),
        ),
        ("a", "b", "c-z"),
        "machines",
        ("fastest", "slowest"),
        "longer",
        "shorter",
        0.5,
        "1 of 4 cells is far off.",
    ),
}


def test_what_follows_controls_has_a_path_for_each_of_their_settings() -> None:
    drawn = draw(EXAMPLES[Traces])
    band, line, label = (target for target in drawn.targets)
    assert [target.attribute for target in drawn.targets] == ["d", "d", "aria-label"]
    assert label.values.values == ("near: slower beyond 10 km.", "far: slower beyond 10 km.")
    near, far = line.values.values
    assert near != far
    assert near.startswith("M0.0 ")
    assert band.values.at_first.endswith("z")
    picture = drawn.pictures[0]
    for target in drawn.targets:
        assert f'id="{target.key}"' in picture
    assert near in picture
    assert far not in picture


def test_a_strip_is_as_long_as_its_value() -> None:
    (picture,) = draw(EXAMPLES[Strips]).pictures
    inner = re.search(r'<svg x="[^"]+" y="[^"]+" width="([\d.]+)"', picture)
    assert inner
    paths = re.findall(r'<path d="M([\d.]+) [\d.]+H([\d.]+)', picture)
    shares = [tuple(round(float(end) / float(inner[1]), 2) for end in ends) for ends in paths]
    assert shares == [(0.0, 0.4), (0.2, 0.4)]


def test_a_box_reaches_from_percentile_to_percentile() -> None:
    picture, _ = draw(EXAMPLES[Boxes]).pictures
    inner = re.search(r'<svg x="[^"]+" y="[^"]+" width="([\d.]+)"', picture)
    assert inner
    spans = re.findall(r'<path d="M([\d.]+) [\d.]+H([\d.]+)', picture)
    line, box, *_ = [[float(end) for end in span] for span in spans]
    # The line goes over two decades, the box over log10(2.5) of one.
    assert (box[1] - box[0]) / (line[1] - line[0]) == pytest.approx(np.log10(2.5) / 2, abs=2e-3)
    assert line[0] < box[0] < box[1] < line[1] < float(inner[1])


def test_of_a_map_with_many_columns_a_table_has_each_rows_ends() -> None:
    cells = (*(MapCell(n / 100, n / 100, n / 100) for n in range(-5, 5)), None)
    names = tuple(f"machine {n}" for n in range(11))
    example = EXAMPLES[HeatMap]
    assert isinstance(example, HeatMap)
    drawing = replace(
        example,
        columns=names,
        panels=(MapPanel("p", (MapRow("r", cells), MapRow("empty", (None,) * 11))),),
    )
    rows = [[cell.text for cell in row.cells] for row in table_of(drawing, "t").rows]
    assert rows[0] == ["p: r", "10", "-5 %", "machine 0", "-0 %", "+4 %", "machine 9"]
    assert rows[1] == ["p: empty", "0", *["—"] * 5]


def test_names_in_pictures_differ_where_only_what_is_drawn_over_the_axes_does() -> None:
    first = EXAMPLES[HeatMap]
    assert isinstance(first, HeatMap)
    rows = (MapRow("csv <rows>", (MapCell(0.3, 0.3, 0.3),) * 3), MapRow("json", (None,) * 3))
    second = replace(first, panels=(MapPanel("decode", rows),))
    names = [re.findall(r' id="([^"]+)"', draw(each).pictures[0]) for each in (first, second)]
    assert names[0]
    assert not set(names[0]) & set(names[1])


def test_a_cell_of_a_map_is_filled_up_or_down_as_far_as_it_goes_and_no_further() -> None:
    (picture,) = draw(EXAMPLES[HeatMap]).pictures
    above, below = (
        re.findall(rf'<path d="([^"]+)" fill="{colour}"', picture) for colour in COLOURS[:2]
    )
    up = [float(step) for step in re.findall(r"M[\d.]+ [\d.]+v(-?[\d.]+)", above[0])]
    down = [float(step) for step in re.findall(r"M[\d.]+ [\d.]+v(-?[\d.]+)", below[0])]
    full = 7.0
    assert up == pytest.approx([-0.1 / 0.5 * full, -0.3 / 0.5 * full, -full], abs=0.06)
    assert down == pytest.approx([0.2 / 0.5 * full, full], abs=0.06)
    # Each cell that holds anything has a middle line, others have none.
    (lines,) = re.findall(r'<path d="([^"]+)" stroke="var\(--line\)"', picture)
    assert lines.count("M") == 4


@pytest.mark.parametrize("kind", DRAWINGS)
def test_a_picture_is_for_a_phone_for_both_modes_and_for_those_who_do_not_see_it(
    kind: type,
) -> None:
    drawn = draw(EXAMPLES[kind])
    assert drawn.pictures
    for picture in drawn.pictures:
        root = ET.fromstring(picture)
        width = float(root.attrib["viewBox"].split()[2])
        assert width == WIDTH_PT <= PHONE_PX
        sizes = [
            float(size) for size in re.findall(r"font(?:-size)?: (?:\w+ )?([\d.]+)px", picture)
        ]
        assert sizes
        assert min(sizes) >= SMALL_PT >= LEAST_PX
        assert "currentColor" in picture
        assert root.attrib["role"] == "img"
        assert re.search(r"\d", root.attrib["aria-label"])
        names = re.findall(r' id="([^"]+)"', picture)
        assert len(names) == len(set(names))
        used = re.findall(r'(?:href="#|url\(#)([^")]+)', picture)
        assert set(used) <= set(names)
    assert draw(EXAMPLES[kind]) == drawn


def test_pictures_say_what_is_to_be_seen_in_them() -> None:
    (picture,) = draw(EXAMPLES[Dots]).pictures
    best = "the highest is parquet (a), 1,900: 47.5 times the lowest, json (b), 40.0."
    assert f"tabular &lt;rows&gt;, payload MB/s: {best}" in picture
    first, second = draw(EXAMPLES[Bars]).pictures
    assert "ms. The largest part is decode in 7 of 7 bars; the longest is image x0, 3.50." in first
    assert "the longest is image x7, 3.50." in second
    (picture,) = draw(EXAMPLES[Lines]).pictures
    assert "image, samples/s by workers: highest at 2, 1,500, 1.67 times that at 0." in picture
    (picture,) = draw(EXAMPLES[Comparison]).pictures
    assert "1 of 1 intervals hold what was measured" in picture
    assert "the farthest off is image x64, 950 over 1,000" in picture


def test_tables_hold_the_values_that_pictures_show() -> None:
    def cells(kind: type) -> list[list[str]]:
        return [[cell.text for cell in row.cells] for row in table_of(EXAMPLES[kind], "t").rows]

    assert cells(Dots)[0] == ["tabular <rows>: parquet", "a", "1,900 [1,520, 2,470] MB/s"]
    assert cells(Bars)[13] == ["image x13", "1.00", "2.50"]
    assert cells(Lines) == [["0", "900"], ["1", "800"], ["2", "1,500"]]
    assert cells(Comparison) == [["image x64", "json", "950 [760, 1,240] MB/s", "1,000"]]
    assert cells(Traces) == [["1.00", "2.00 [1.50, 4.00]"], ["10.0", "12.0 [8.00, 30.0]"]]
    assert cells(Strips) == [["idle", "40 %", "[20 %, 40 %]", "30 %"]]
    assert cells(Boxes)[1] == [
        "image: csv <rows>",
        "b",
        "7",
        "3.00",
        "4.00",
        "5.00",
        "6.00",
        "7.00",
    ]
    assert cells(HeatMap) == [
        ["decode: csv <rows>", "+11 %", "—", "-18 % [-39 %, +35 %]"],
        ["decode: json", "+639 %", "+0 %", "—"],
    ]
    (_, row) = table_of(EXAMPLES[Traces], "t").rows
    assert isinstance(row.cells[1].text, Live)
    assert row.cells[1].text.texts.values == ("12.0 [8.00, 30.0]", "9.00 [6.00, 30.0]")


@pytest.mark.parametrize("kind", DRAWINGS)
def test_every_kind_of_drawing_has_a_table(kind: type) -> None:
    assert table_of(EXAMPLES[kind], "t").rows


def test_keys_name_what_is_drawn_and_nothing_else() -> None:
    assert [key.name for key in draw(EXAMPLES[Bars]).keys] == ["storage", "decode"]
    assert [key.name for key in draw(EXAMPLES[Dots]).keys] == ["a", "b"]
    alone = Dots((Panel("p", (Dot("x", "a", number(1.0)),)),), ("a", "b"), "MB/s")
    assert draw(alone).keys == ()


@pytest.mark.parametrize("seed", range(200))
def test_parts_of_a_bar_are_set_apart_by_the_page(seed: int) -> None:
    """A gap lies between any two; none grows or moves; only slivers beside slivers go."""
    rng = np.random.default_rng(seed)
    lengths = 10 ** rng.uniform(-2, 2.2, rng.integers(1, 8))
    starts = np.cumsum(lengths) - lengths
    drawn = apart([(float(s), float(n)) for s, n in zip(starts, lengths, strict=True)])
    seen = [(start, start + length) for start, length in drawn if length]
    assert all(after - before >= 1.5 - 1e-9 for (_, before), (after, _) in itertools.pairwise(seen))
    for (start, length), whole_start, whole in zip(drawn, starts, lengths, strict=True):
        assert length <= whole + 1e-9
        assert whole_start <= start
        assert start + length <= whole_start + whole + 1e-9
        assert not length or length >= 0.4 - 1e-9
        if whole >= 3.4:
            assert length >= whole - 3.0 - 1e-9


def test_a_part_beside_a_sliver_gives_the_gap() -> None:
    assert apart([(0, 1), (1, 9), (10, 1)]) == [(0, 1), (2.5, 6), (10, 1)]
    assert apart([(0, 1), (1, 0.8), (1.8, 9)]) == [(0, 1), (1, 0), (2.5, pytest.approx(8.3))]
    assert apart([(0, 5), (7, 5)]) == [(0, 5), (7, 5)]


def test_a_long_label_takes_lines_broken_after_commas() -> None:
    label = "image 64 px x64, parquet, 2 workers, a sample at a time, h100, emulated"
    (picture,) = draw(Bars((Bar(label, (Part("step", 0, 1),)),), ("step",), "ms")).pictures
    lines = [text for text in re.findall(r"<text[^>]*>([^<]*)</text>", picture) if "," in text]
    assert lines == ["image 64 px x64, parquet, 2 workers,", "a sample at a time, h100, emulated"]


def test_pictures_of_equal_data_may_stand_on_one_page() -> None:
    """Names inside a picture begin with a digest of it, so that those of others differ."""
    pictures = [picture for kind in EXAMPLES for picture in draw(EXAMPLES[kind]).pictures]
    names = [name for picture in pictures for name in re.findall(r' id="([^"]+)"', picture)]
    assert len(names) == len(set(names))
