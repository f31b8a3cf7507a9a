import doctest
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.events import FACTS
from app.settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
IMAGES = sorted((DOCS / "images").iterdir())
IMAGE_BYTES_MAX = 150_000
FENCE = re.compile(r"^ *```.*$", re.MULTILINE)


def text_of(name: str) -> str:
    return (DOCS / name).read_text()


def section(name: str, title: str) -> str:
    """One section of a page, from its heading to the next of the same rank."""
    _, _, rest = text_of(name).partition(f"\n## {title}\n")
    return rest.partition("\n## ")[0]


def examples(page: Path) -> Iterator[doctest.DocTest]:
    """The page as one test, with nothing in place of the fences; line numbers stay those of the page."""
    test = doctest.DocTestParser().get_doctest(FENCE.sub("", page.read_text()), {}, page.name, str(page), 0)
    if test.examples:
        yield test


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_do_what_the_page_says(page: Path) -> None:
    told: list[str] = []
    for test in examples(page):
        doctest.DocTestRunner(verbose=False).run(test, out=told.append)
    assert told == []


def test_the_page_about_the_domain_has_its_worked_examples() -> None:
    assert sum(len(test.examples) for test in examples(DOCS / "domain.md")) > 100


def test_the_page_about_the_domain_names_every_event() -> None:
    told = section("domain.md", "Events").partition("\n\n")[2].partition("\n\n")[0] or section("domain.md", "Events")
    assert set(re.findall(r"`([a-z_]+\.[a-z_]+)`", section("domain.md", "Events"))) == set(FACTS), told


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())
    assert [link for link in links if not (DOCS / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_page_is_reached_from_the_readme(page: Path) -> None:
    assert f"](docs/{page.name})" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_settings_and_files_that_a_page_names_exist(page: Path) -> None:
    text = page.read_text()
    assert set(re.findall(rf"{PREFIX}([A-Z0-9_]+)", text)) <= {name.upper() for name in Settings.model_fields}
    places = re.findall(r"`((?:app|realtime|stripe_sandbox|static|tests|migrations|deploy|docs)/[\w./-]*)`", text)
    assert [place for place in places if not (ROOT / place).exists()] == []


@pytest.mark.parametrize("image", IMAGES, ids=lambda image: image.name)
def test_pictures_are_small_and_shown(image: Path) -> None:
    assert image.stat().st_size < IMAGE_BYTES_MAX
    pages = [ROOT / "README.md", *PAGES]
    assert any(f"images/{image.name}" in page.read_text() for page in pages)


@pytest.mark.parametrize("image", [image for image in IMAGES if image.suffix == ".png"], ids=lambda image: image.name)
def test_screenshots_have_a_palette(image: Path) -> None:
    kind_of_colour = image.read_bytes()[25]
    assert kind_of_colour == 3
