"""Scripts and styles without what only their readers need: comments and indentation.

Two fifths of what a phone would load to draw a bill are types and explanations in comments. They are cut when a file
is read, once at start, so there is no build step and what lies in static/ is what runs. Nothing is parsed here; the
files keep three rules that make plain cutting safe, and tests/static/test_rules.py holds them to it:

- ``/**`` stands in no string, template or regular expression (``/*`` in no string of a style sheet);
- a template literal that spans lines is markup (``html``), where indentation has no meaning;
- no line of a template literal begins with ``//``.
"""

import re

_WHOLE_LINES = re.compile(r"(?m)^[ \t]*(?:/\*\*(?s:.*?)\*/[ \t]*\n|//.*\n)")
_INSIDE_LINE = re.compile(r"(?s)/\*\*.*?\*/ ?")
_STYLE_COMMENT = re.compile(r"(?s)/\*.*?\*/")
_INDENTATION = re.compile(r"(?m)^\s+")


def script(text: str) -> str:
    """A module without ``/** … */``, lines that are nothing but ``// …``, indentation and empty lines."""
    return _INDENTATION.sub("", _INSIDE_LINE.sub("", _WHOLE_LINES.sub("", text)))


def style(text: str) -> str:
    """A style sheet without comments, indentation and empty lines."""
    return _INDENTATION.sub("", _STYLE_COMMENT.sub("", text))
