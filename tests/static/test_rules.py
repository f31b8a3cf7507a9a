"""The rules that let app/web/lean.py cut comments and indentation without parsing: see there."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.actions.making import COLORS
from app.web.static import Tree
from tests.static.conftest import STATIC, Run

OURS = [path for path in sorted(STATIC.rglob("*")) if "vendor" not in path.parts]
SCRIPTS = [path for path in OURS if path.suffix == ".js"]
STYLES = [path for path in OURS if path.suffix == ".css"]
TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
    | (?P<string>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    | (?P<regex>(?<=[(,=:;!&|?])\s*/(?![*/])(?:[^/\\\n\[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+/)
    | (?P<mark>`|\$\{|[{}])
    | (?P<text>[\w.]+|.)""",
    re.VERBOSE | re.DOTALL,
)
IN_TEMPLATE = re.compile(r"(?:[^`\\$]|\\.|\$(?!\{))*", re.DOTALL)


@dataclass(frozen=True)
class Literal:
    """A string, a regular expression or one stretch of a template between its ``${}``; ``tag`` stands before it."""

    text: str
    tag: str = ""
    is_template: bool = False


def literals(source: str) -> list[Literal]:
    """Every literal of a module, in order."""
    found: list[Literal] = []
    inside: list[str] = []  # the open brackets: "{" of code, or the tag of a template behind a "`"
    at, before = 0, ""
    while at < len(source):
        if inside and inside[-1].startswith("`"):
            stretch = IN_TEMPLATE.match(source, at)
            assert stretch
            found.append(Literal(stretch[0], inside[-1][1:], is_template=True))
            at = stretch.end()
            if source[at] == "`":
                inside.pop()
                at += 1
            else:
                inside.append("{")
                at += 2
            before = ""
            continue
        token = TOKEN.match(source, at)
        assert token
        at = token.end()
        if token["string"] or token["regex"]:
            found.append(Literal(token[0]))
        elif token["mark"] == "`":
            inside.append("`" + before)
        elif token["mark"] == "}":
            inside.pop()
        elif token["mark"]:
            inside.append("{")
        before = token["text"] or ""
    assert not inside
    return found


def test_the_reader_of_these_tests_sees_literals_where_they_are() -> None:
    source = 'f(/[`/]/g) // it\'s\nhtml`<a b=${[`x`, {c: "`"}]}>\n  d</a>`'
    assert [literal.text for literal in literals(source)] == ["/[`/]/", "<a b=", "x", '"`"', ">\n  d</a>"]
    assert [literal.tag == "html" for literal in literals(source)] == [False, True, False, False, True]


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: str(path.relative_to(STATIC)))
def test_no_literal_looks_like_a_comment_or_needs_its_indentation(path: Path) -> None:
    for literal in literals(path.read_text()):
        assert "/**" not in literal.text
        if literal.is_template:
            assert not re.search(r"^\s*//", literal.text, re.MULTILINE)
            assert "\n" not in literal.text or literal.tag == "html"


def test_every_colour_that_a_guest_may_have_is_a_token() -> None:
    tokens = (STATIC / "shared" / "tokens.css").read_text()
    assert [color for color in COLORS if f'[data-color="{color}"]' not in tokens] == []


@pytest.mark.parametrize("path", STYLES, ids=lambda path: str(path.relative_to(STATIC)))
def test_no_string_of_a_style_sheet_looks_like_a_comment(path: Path) -> None:
    rules = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    assert "/*" not in rules
    assert "*/" not in rules


@pytest.mark.browser
async def test_a_browser_can_read_every_served_module(run: Run, tree: Tree) -> None:
    names = [name for name in tree.files if name.endswith(".js") and not name.startswith("vendor/")]
    # Pages that find nothing to draw on fail in their own ways; only what cannot be parsed or linked counts here.
    unread = await run(
        """
        const loaded = await Promise.allSettled(given.map((name) => use(name)))
        const failed = loaded.map(({reason}, at) => reason && [given[at], reason.name, String(reason)]).filter(Boolean)
        return failed.filter(([, kind, words]) => kind === "SyntaxError" || words.includes("import"))
    """,
        names,
    )
    assert unread == []
