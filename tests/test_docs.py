import doctest
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from app.actions import house
from app.actions.measuring import COUNTERS, SPREADS
from app.cli import parser
from app.domain.events import FACTS
from app.domain.payment import ALLOWED
from app.settings import PREFIX, Settings
from app.storage.payments import LOOKS
from app.web.errors import CODES
from app.web.metrics import Metrics
from app.web.routes import API
from app.web.routes import PAGES as PAGES_OF_THE_SITE
from realtime import frames
from realtime.errors import CloseCode
from stripe_sandbox import cards, control, faults
from stripe_sandbox.sandbox import Sandbox

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
IMAGES = sorted((DOCS / "images").iterdir())
IMAGE_BYTES_MAX = 150_000
PALETTE = 3
FENCE = re.compile(r"^ *```.*$", re.MULTILINE)

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def text_of(name: str) -> str:
    return (DOCS / name).read_text()


def section(name: str, title: str) -> str:
    """One section of a page, from its heading to the next of the same rank."""
    return text_of(name).partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_cells(text: str) -> list[str]:
    """What stands in backticks in the first column of the tables."""
    return [
        word for cell in re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE) for word in re.findall(r"`([^`]+)`", cell)
    ]


def examples(page: Path) -> Iterator[doctest.DocTest]:
    """The page as one test, with nothing in place of the fences; line numbers stay those of the page."""
    test = doctest.DocTestParser().get_doctest(FENCE.sub("", page.read_text()), {}, page.name, str(page), 0)
    if test.examples:
        yield test


# The examples


@each_page
def test_examples_do_what_the_page_says(page: Path) -> None:
    told: list[str] = []
    for test in examples(page):
        doctest.DocTestRunner(verbose=False).run(test, out=told.append)
    assert told == []


def test_the_page_about_the_domain_has_its_worked_examples() -> None:
    assert sum(len(test.examples) for test in examples(DOCS / "domain.md")) > 100


def test_the_restaurant_of_its_page_can_be_made() -> None:
    (plan,) = re.findall(r"```json\n(.*?)```", text_of("restaurant.md"), re.DOTALL)
    assert house.read(json.loads(plan)).name == "Chez Toi"


def test_every_frame_of_the_conversation_can_be_said() -> None:
    said = re.findall(r"^([<>]) (\{.*\})$", section("protocol.md", "A conversation"), re.MULTILINE)
    assert said
    for way, frame in said:
        if way == ">":
            frames.decode(frame)
        else:
            assert json.loads(frame)["t"] in {"ev", *(one.t for one in get_args(frames.Outgoing))}


# Names


def test_the_page_about_the_domain_names_every_event() -> None:
    assert set(re.findall(r"`([a-z_]+\.[a-z_]+)`", section("domain.md", "Events"))) == set(FACTS)


def test_the_page_about_the_socket_names_every_frame() -> None:
    outgoing = {one.t for one in get_args(frames.Outgoing)} | {"ev"}
    assert set(first_cells(section("protocol.md", "A conversation"))) == outgoing | {"hello", "do", "sync", "pong"}


def test_the_page_about_the_socket_names_every_close_code() -> None:
    table = "".join(re.findall(r"^\| \d.*$", section("protocol.md", "Close codes"), re.MULTILINE))
    assert set(re.findall(r"\b(1\d{3}|4\d{3})\b", table)) == {str(int(code)) for code in CloseCode}


def test_the_page_about_payments_names_every_state_and_when_somebody_looks() -> None:
    assert first_cells(section("payments.md", "What is held, and when it is let go")) == list(ALLOWED)
    assert [look.total_seconds() for look in LOOKS] == [30, 2 * 60, 10 * 60, 3600, 6 * 3600, 23 * 3600]
    assert "30 s, 2 min, 10 min, 1 h, 6 h and 23 h" in text_of("payments.md")


def test_the_page_about_the_sandbox_names_cards_faults_and_addresses_that_are_there() -> None:
    text = text_of("sandbox.md")
    numbers = re.findall(r"^\| ((?:\d{4} ){3}\d{4}) \|", text, re.MULTILINE)
    assert [number for number in numbers if number.replace(" ", "") not in cards.BY_NUMBER] == []
    there = {f"{method} {route.path}" for route in control.routes(Sandbox()) for method in route.methods or ()}
    assert set(re.findall(r"`((?:GET|POST|DELETE) /_sandbox[^`]*)`", text)) <= there
    told = set(re.findall(r"[`\"](\w+)[`\"]", section("sandbox.md", "Faults")))
    assert {*faults.CALL_FAULTS, *faults.EVENT_FAULTS} <= told


def test_the_page_about_operations_names_every_command() -> None:
    told = re.findall(r"^\| `splittable (\w+)", section("operations.md", "Commands"), re.MULTILINE)
    for command in told:
        assert parser().parse_args(EXAMPLES[command]).run
    assert set(told) == set(EXAMPLES)
    assert all(f"\n    {command}" in parser().format_help() for command in told)


EXAMPLES = {
    "serve": ["serve", "--host", "::1", "--port", "1", "--workers", "2", "--migrate", "--env-file", ".env"],
    "migrate": ["migrate", "--to", "-1"],
    "verify": ["verify", "--heads", "heads.jsonl"],
    "audit": ["audit", "export", "--since", "2026-11-21", "--to", "audit.jsonl"],
    "restored": ["restored"],
    "restaurant": ["restaurant", "restaurant.json"],
    "staff": ["staff", "--restaurant", "1", "--email", "a@example.com", "--name", "A", "--role", "owner"],
    "demo": ["demo", "--json", "--quiet", "--reset", "--port", "1", "--host", "127.0.0.1"],
}


def test_the_page_about_operations_names_figures_that_exist() -> None:
    told = [name for name in first_cells(section("operations.md", "Metrics")) if name.startswith("splittable_")]
    files = [*(ROOT / "realtime").glob("*.py"), ROOT / "app" / "main.py", ROOT / "app" / "storage" / "pool.py"]
    source = "".join(file.read_text() for file in files)
    http = Metrics().text().decode()
    counted = re.compile(r"splittable_realtime_(joins|closed|repair)_\w+_total")
    of_payments = {f"splittable_{name}_total" for name in COUNTERS} | {f"splittable_{name}" for name in SPREADS}
    assert of_payments <= set(told)
    told = [name for name in told if name not in of_payments]
    named = [name for name in told if not counted.fullmatch(name) and f" {name}" not in http]
    assert [name for name in named if f'"{name.split("_", 2)[2]}"' not in source] == []


def test_the_page_about_the_api_names_words_that_exist() -> None:
    words = re.search(r"^\*\*Words\*\*: (.*?)\n\n", text_of("api.md"), re.DOTALL | re.MULTILINE)
    assert words
    assert set(re.findall(r"`([a-z_]+)`", words[1])) <= set(CODES)


@each_page
def test_calls_that_a_page_names_are_served(page: Path) -> None:
    served = {(call.method, call.path) for call in (*API, *PAGES_OF_THE_SITE)} | {("GET", "/api/v1/live")}
    told = re.findall(r"`(GET|POST|PUT|PATCH|DELETE) (/(?:api|t|health|staff)\b[^`?\s]*)", page.read_text())
    assert [call for call in told if call not in served] == []


@each_page
def test_settings_and_files_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text()
    assert set(re.findall(rf"{PREFIX}([A-Z0-9_]+)", text)) <= {name.upper() for name in Settings.model_fields}
    places = re.findall(r"`((?:app|realtime|stripe_sandbox|static|tests|migrations|deploy|docs)/[\w./-]*)`", text)
    assert [place for place in places if not (ROOT / place).exists()] == []


# Links and pictures


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://)([^)]+)\)", page.read_text())
    for link in links:
        name, _, anchor = link.partition("#")
        target = DOCS / name if name else page
        assert target.exists()
        assert not anchor or anchor in anchors(target)


def anchors(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\s-]", "", title.lower()).replace(" ", "-") for title in titles}


@each_page
def test_every_page_is_reached_from_the_readme(page: Path) -> None:
    assert f"](docs/{page.name})" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)
def test_pictures_are_small_and_shown(image: Path) -> None:
    assert image.stat().st_size < IMAGE_BYTES_MAX
    assert any(f"images/{image.name}" in page.read_text() for page in [ROOT / "README.md", *PAGES])


@pytest.mark.parametrize("image", sorted((DOCS / "images").glob("*.png")), ids=lambda image: image.name)
def test_screenshots_have_a_palette(image: Path) -> None:
    assert image.read_bytes()[25] == PALETTE
