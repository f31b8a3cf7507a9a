"""Refusals carry a stable code, and every code has its HTTP status."""

import ast
from pathlib import Path

import pytest

import app.domain
from app.domain.refusals import STATUS, Refusal

SOURCES = sorted(Path(app.domain.__path__[0]).glob("*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_every_code_that_is_refused_with_has_a_status(source: Path) -> None:
    calls = [node for node in ast.walk(ast.parse(source.read_text())) if isinstance(node, ast.Call)]
    codes = {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id == "Refusal" and isinstance(call.args[0], ast.Constant)
    }
    assert codes <= STATUS.keys()


def test_a_refusal_knows_its_status() -> None:
    assert Refusal("already_paid", "Ana has paid.").status == 409
    assert {STATUS[code] for code in ("not_found", "invalid", "too_many")} == {404, 422, 429}


def test_the_codes_of_the_api_are_there() -> None:
    words = (
        "session_closed already_paid share_being_paid payment_open amount_changed line_voided sold_out below_minimum"
    )
    assert {STATUS[word] for word in [*words.split(), "percent_over_100"]} == {409}
