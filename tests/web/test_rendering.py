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
