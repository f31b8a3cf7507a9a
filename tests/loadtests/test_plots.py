from xml.etree import ElementTree as ET

from loadtests.plots import Bars, Panel, Series, chart, page

GROWTH = Panel(
    "Lines of a <bill>", [Series("CPU us per command", [(4, 1.0), (40, 1.2), (400, 4.6)], [1110, 1344, 5090])]
)
SVG = "{http://www.w3.org/2000/svg}"


def test_a_plot_is_a_picture_with_a_line_for_each_series_and_its_figures() -> None:
    drawn = ET.fromstring(page("Growth", [GROWTH, GROWTH]))  # noqa: S314 (made here)
    assert len(list(drawn.iter(f"{SVG}polyline"))) == 2
    assert [text.text for text in drawn.iter(f"{SVG}text")].count("CPU us per command: 1110 → 1344 → 5090") == 2


def test_a_plot_says_in_words_what_it_shows_and_can_be_read_on_dark_ground() -> None:
    drawn = page("Growth", [GROWTH])
    assert "Lines of a &lt;bill&gt;: CPU us per command × 4.6." in drawn
    assert "prefers-color-scheme: dark" in drawn


def test_what_stays_flat_lies_on_the_line_of_one() -> None:
    flat = Panel("Rooms", [Series("CPU", [(20, 1.0), (200, 1.0)], [3, 3])])
    drawn = ET.fromstring(page("Growth", [flat]))  # noqa: S314 (made here)
    line = next(one for one in drawn.iter(f"{SVG}line") if one.get("class") == "flat")
    (drawn_line,) = drawn.iter(f"{SVG}polyline")
    heights = {point.split(",")[1] for point in drawn_line.get("points", "").split()}
    assert heights == {line.get("y1")}


def test_bars_stand_in_the_order_of_their_cost_and_ours_can_be_told_from_the_others() -> None:
    drawn = ET.fromstring(chart("Cost", [Bars("S1", [("node ws", 7.1), ("ours", 1.9), ("C", 4.1)], "ours")]))  # noqa: S314
    bars = [bar for bar in drawn.iter(f"{SVG}rect") if bar.get("class") in ("bar", "ours")]
    assert [bar.get("class") for bar in bars] == ["ours", "bar", "bar"]
    assert [float(bar.get("width", 0)) for bar in bars] == sorted(float(bar.get("width", 0)) for bar in bars)
