import gzip
from pathlib import Path

import orjson
import pytest
from jinja2 import UndefinedError
from starlette.responses import Response

from app.web.rendering import Pages, page_json, squeezed
from app.web.static import Tree
from tests.web.requests import request

HOSTILE = {"name": "</script><script>alert(1)</script>&\u2028"}

STATIC = Path(__file__).parents[2] / "static"


def test_data_inside_a_page_cannot_end_its_element() -> None:
    text = str(page_json(HOSTILE))
    assert not set("<>&\u2028") & set(text)
    assert orjson.loads(text) == HOSTILE


def test_a_template_that_reads_what_is_not_there_fails(tmp_path: Path) -> None:
    with pytest.raises(UndefinedError):
        Pages(Tree(tmp_path)).text("docs.html", {})


def test_a_long_answer_is_squeezed_for_who_reads_gzip() -> None:
    answer = squeezed(request(headers={"accept-encoding": "gzip"}), Response(b"bill " * 500, media_type="text/plain"))
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert gzip.decompress(bytes(answer.body)) == b"bill " * 500


@pytest.mark.parametrize(("body", "accepted"), [(b"short", "gzip"), (b"bill " * 500, "identity")])
def test_everything_else_stays_as_it_is(body: bytes, accepted: str) -> None:
    answer = squeezed(request(headers={"accept-encoding": accepted}), Response(body))
    assert answer.body == body
    assert answer.headers["vary"] == "accept-encoding"


def test_a_receipt_shows_the_service_and_the_time_on_the_restaurants_clock() -> None:
    payment = {"id": "P1", "method": "cash", "status": "succeeded", "amount": 2240, "tip": 0, "rounding": 0}
    payment |= {"total": 2240, "surplus": 0, "refunded": 0, "paidAt": "2026-11-21T18:04:05Z"}
    receipt = {
        "restaurant": {"id": "R1", "name": "Sushi", "address": "", "taxNumber": "", "timezone": "Asia/Tokyo"},
        "table": "7", "currency": "USD", "payment": payment, "lines": [], "service": 240, "taxes": {},
        "bill": {"total": 2240, "unpaid": 0, "payments": 1},
    }  # fmt: skip
    text = Pages(Tree(STATIC)).text("receipt.html", receipt)
    assert "22 Nov 2026, 03:04" in text
    assert 'includes service</dt><dd class="amount">$2.40<' in text
