import gzip
from pathlib import Path

import pytest
from starlette.responses import Response

from app.web.errors import Problem
from app.web.static import FOR_EVER, Tree
from tests.web.requests import request

SCRIPT = b"import '../shared/merge.js'\n" * 50


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    (tmp_path / "guest").mkdir()
    (tmp_path / "guest/main.js").write_bytes(SCRIPT)
    (tmp_path / "guest/dot.png").write_bytes(b"\x89PNG")
    (tmp_path / "guest/secret.py").write_text("no")
    return Tree(tmp_path)


async def fetch(tree: Tree, path: str, version: str = "", **headers: str) -> Response:
    asked = request("GET", headers={name.replace("_", "-"): value for name, value in headers.items()})
    asked.scope["path_params"] = {"path": path, "version": version or tree.version}
    return await tree.answer(asked)


def test_an_address_has_the_version_of_the_tree_as_a_folder(tree: Tree) -> None:
    assert tree.url("guest/main.js") == f"/static/{tree.version}/guest/main.js"


def test_a_change_of_any_file_changes_every_address(tree: Tree, tmp_path: Path) -> None:
    (tmp_path / "guest/dot.png").write_bytes(b"\x89PNG2")
    assert Tree(tmp_path).url("guest/main.js") != tree.url("guest/main.js")


def test_a_template_that_names_a_file_that_is_not_there_fails_at_once(tree: Tree) -> None:
    with pytest.raises(KeyError, match=r"guest/man\.js"):
        tree.url("guest/man.js")


async def test_a_file_may_be_kept_for_ever(tree: Tree) -> None:
    answer = await fetch(tree, "guest/main.js")
    assert (answer.headers["cache-control"], answer.body) == (FOR_EVER, SCRIPT)
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


async def test_who_reads_gzip_gets_it(tree: Tree) -> None:
    answer = await fetch(tree, "guest/main.js", accept_encoding="br, gzip;q=0.8")
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(bytes(answer.body)) == SCRIPT
    assert answer.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize("accepted", ["identity", "gzip;q=0", "br"])
async def test_who_does_not_read_gzip_does_not_get_it(tree: Tree, accepted: str) -> None:
    assert "content-encoding" not in (await fetch(tree, "guest/main.js", accept_encoding=accepted)).headers


async def test_what_gzip_cannot_shrink_is_sent_as_it_is(tree: Tree) -> None:
    assert (await fetch(tree, "guest/dot.png", accept_encoding="gzip")).body == b"\x89PNG"


async def test_a_page_from_before_a_deployment_still_finds_its_files(tree: Tree) -> None:
    answer = await fetch(tree, "guest/main.js", version="0000")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-cache")


async def test_a_known_version_is_not_sent_again(tree: Tree) -> None:
    tag = (await fetch(tree, "guest/main.js")).headers["etag"]
    assert (await fetch(tree, "guest/main.js", if_none_match=f'"x", {tag}')).status_code == 304


@pytest.mark.parametrize(
    "path", ["guest/nothing.js", "guest/secret.py", "../pyproject.toml", "guest/../guest/main.js", ""]
)
async def test_only_files_of_the_tree_are_served(tree: Tree, path: str) -> None:
    with pytest.raises(Problem, match="not_found"):
        await fetch(tree, path)
