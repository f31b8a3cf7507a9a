from pathlib import Path

import pytest

from tests.catalogue import GAPS, PAGE, ROW, catalogue, main, named_in


def test_the_catalogue_has_sixty_rows_in_order() -> None:
    assert [row[0] for row in ROW.findall(PAGE.read_text())] == [f"F{number:02}" for number in range(1, 61)]


def test_every_row_has_a_test_that_names_it() -> None:
    assert {row.number for row in catalogue().values() if not row.tests} == GAPS


def test_a_number_counts_in_a_name_or_a_docstring_and_nowhere_else(tmp_path: Path) -> None:
    source = """
def test_f03_twice():
    pass
async def test_once():
    "F05, F06: as the other one."
def test_never():
    f07 = "F08"  # F09
"""
    path = tmp_path / "test_it.py"
    path.write_text(source)
    assert dict(named_in(path, tmp_path)) == {
        "test_it.py::test_f03_twice": {"F03"},
        "test_it.py::test_once": {"F05", "F06"},
        "test_it.py::test_never": set(),
    }


def test_a_row_is_told_with_its_tests(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["F14"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("F14  Key older than 23 h unresolved  [U]\n     lookup by metadata, never resend\n")
    assert "tests/actions/test_calls.py::test_a_key_older_than_a_day_is_looked_up_and_never_sent" in told
