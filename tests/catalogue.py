"""The failure catalogue: every row of docs/failures.md, who proves it, and with `--run` whether it holds.

    python -m tests.catalogue [F01 F02 …] [--run]

Ends with status 1 where a row has no test that names it, or with `--run` a test that does not pass.
"""

import argparse
import ast
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree as ET

__all__ = ["GAPS", "Row", "catalogue", "main"]

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "failures.md"
ROW = re.compile(r"^\| (F\d\d) \| (.+?) \| (.+?) \| ([A-Z, ]+) \|$", re.MULTILINE)
NUMBER = re.compile(r"(?<![A-Za-z0-9])[Ff](\d\d)(?![0-9A-Za-z])")

THOROUGH = ("--numprocesses", "2", "--hypothesis-profile", "thorough", "--timeout=3600")

GAPS: frozenset[str] = frozenset()
"""Rows that nobody proves yet: they are printed as such, and there should be none."""


@dataclass(frozen=True)
class Row:
    """One row: what fails, what must come of it, and the tests that say so, as `path::name`."""

    number: str
    fault: str
    outcome: str
    level: str
    tests: list[str] = field(default_factory=list)


def catalogue() -> dict[str, Row]:
    """Every row of the page with its tests."""
    rows = {number: Row(number, *rest) for number, *rest in ROW.findall(PAGE.read_text())}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for test, numbers in named_in(path):
            for number in sorted(numbers & rows.keys()):
                rows[number].tests.append(test)
    return rows


def named_in(path: Path, root: Path = ROOT) -> Iterator[tuple[str, set[str]]]:
    """The tests of a module with the numbers in their names and docstrings."""
    source = path.read_text()
    if not NUMBER.search(source.replace("_", " ")):
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            said = f"{node.name.replace('_', ' ')} {ast.get_docstring(node) or ''}"
            yield f"{path.relative_to(root)}::{node.name}", {f"F{number}" for number in NUMBER.findall(said)}


def results(tests: Sequence[str]) -> dict[str, str]:
    """Run the tests; `passed`, `failed` or `skipped` for each that ran, the worst of its cases.

    They run as in a thorough run: on both databases, and with what an everyday run leaves out.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", *THOROUGH, f"--junitxml={report}", *tests]
        subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
        cases = list(ET.parse(report).getroot().iter("testcase")) if report.exists() else []  # noqa: S314 - our own
    found: dict[str, str] = {}
    for case in cases:
        module, name = case.get("classname", "").replace(".", "/"), case.get("name", "").partition("[")[0]
        state = _state({child.tag for child in case})
        test = f"{module}.py::{name}"
        found[test] = max(found.get(test, "passed"), state, key=("passed", "skipped", "failed").index)
    return found


def _state(tags: set[str]) -> str:
    return "failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"


def told(row: Row, states: Mapping[str, str]) -> Iterator[str]:
    """The lines about one row."""
    yield f"{row.number}  {row.fault}  [{row.level}]"
    yield f"     {row.outcome}"
    for test in row.tests:
        yield f"     {states.get(test, 'not run') + '  ' if states else ''}{test}"
    if not row.tests:
        yield "     NO TEST NAMES IT"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the catalogue; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.catalogue")
    parser.add_argument("rows", nargs="*", metavar="F01", help="only these rows")
    parser.add_argument("--run", action="store_true", help="run the tests and print their results")
    asked = parser.parse_args(arguments)
    rows = [row for row in catalogue().values() if not asked.rows or row.number in asked.rows]
    tests = sorted({test for row in rows for test in row.tests})
    states = results(tests) if asked.run and tests else {}
    for row in rows:
        sys.stdout.write("\n".join(told(row, states)) + "\n")
    missing = [row.number for row in rows if not row.tests]
    wrong = [test for test in tests if asked.run and states.get(test) != "passed"]
    sys.stdout.write(f"{len(rows)} rows, {len(tests)} tests, {len(missing)} rows without one: {' '.join(missing)}\n")
    sys.stdout.write(f"{len(wrong)} of the tests did not pass\n" if asked.run else "")
    return 1 if missing or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
