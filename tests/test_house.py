"""The rules of the house that no linter knows."""

import ast
import re
from pathlib import Path

from app.settings import Settings
from app.telemetry import card_numbers

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for room in ("app", "realtime", "stripe_sandbox") for path in (ROOT / room).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
PAGES = sorted(path for path in (ROOT / "static").rglob("*.js") if path.parent.name != "vendor")
NO_NAMES = {"base", "common", "helpers", "manager", "misc", "service", "util", "utils"}


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


def words(path: Path) -> set[str]:
    """Every name that a module uses or takes as an argument."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.arg for node in nodes if isinstance(node, ast.arg)
    }


def test_a_module_is_named_for_what_it_holds() -> None:
    assert names([path for path in [*SOURCES, *TESTS, *PAGES] if path.stem in NO_NAMES]) == []


def test_tests_replace_nothing_behind_the_codes_back() -> None:
    replacing = {"monkeypatch", "mocker", "Mock", "MagicMock", "AsyncMock"}
    assert names([path for path in TESTS if words(path) & replacing]) == []


def test_no_card_number_is_in_the_source() -> None:
    # The sandbox has Stripe's published test cards, and the demo names one of them to its visitors.
    others = [path for path in [*SOURCES, *PAGES] if not {"stripe_sandbox", "demo"} & set(path.parts)]
    assert names([path for path in others if card_numbers(path.read_text())]) == []


def test_every_setting_is_heeded() -> None:
    readers = "".join((ROOT / "app" / name).read_text() for name in ("settings.py", "main.py", "serving.py", "cli.py"))
    assert [name for name in Settings.model_fields if not re.search(rf"(settings|self)\.{name}\b", readers)] == []
