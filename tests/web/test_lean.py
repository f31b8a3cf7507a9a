from pathlib import Path

from app.web import lean
from app.web.static import Tree

WRITTEN = """// @ts-check
import { merge } from "./merge.js"

/** @typedef {{n: number}} Change */
/**
 * What a reader needs to know.
 * @param {Change} change
 */
export function take(change) {
  // Why it is so.
  const at = /** @type {number} */ (change.n) // said beside
  /** @type {Map<number, Change>} */
  const held = new Map()

  return `https://${at}`
}
"""
RUN = """import { merge } from "./merge.js"
export function take(change) {
const at = (change.n) // said beside
const held = new Map()
return `https://${at}`
}
"""


def test_a_script_keeps_what_runs() -> None:
    assert lean.script(WRITTEN) == RUN


def test_cutting_again_changes_nothing() -> None:
    assert lean.script(RUN) == RUN


def test_a_style_sheet_keeps_its_rules() -> None:
    assert lean.style("/* Tokens */\n:root {\n  --ink: #111; /* ink */\n\n  --gap: 4px;\n}\n") == (
        ":root {\n--ink: #111; \n--gap: 4px;\n}\n"
    )


def test_our_files_are_served_lean_and_the_vendors_as_they_are(tmp_path: Path) -> None:
    for folder in ("guest", "vendor"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "one.js").write_text(WRITTEN)
        (tmp_path / folder / "one.css").write_text("/* why */\na { b: c }\n")
    served = {name: file.content.decode() for name, file in Tree(tmp_path).files.items()}
    assert (served["guest/one.js"], served["vendor/one.js"]) == (RUN, WRITTEN)
    assert (served["guest/one.css"], served["vendor/one.css"]) == ("a { b: c }\n", "/* why */\na { b: c }\n")
