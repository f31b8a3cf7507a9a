"""Lists as Stripe pages them, and the small language of its search."""

import re
from collections.abc import Callable
from typing import Any

from stripe_sandbox import errors, forms
from stripe_sandbox.sandbox import Call
from stripe_sandbox.store import Obj

LIMIT = 10
LIMIT_MAX = 100

PARAMS = frozenset({"created", "ending_before", "limit", "starting_after"})

_CLAUSE = re.compile(
    r"""\s*(?P<field>[a-z_]+)(?:\[["'](?P<member>[^"']+)["']\])?\s*(?P<sign>:|>=|<=|>|<)\s*"""
    r"""(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"']+))\s*"""
)
_SIGNS: dict[str, Callable[[int, int], bool]] = {
    ">": lambda found, wanted: found > wanted,
    ">=": lambda found, wanted: found >= wanted,
    "<": lambda found, wanted: found < wanted,
    "<=": lambda found, wanted: found <= wanted,
}


def page(call: Call, oldest_first: list[Obj], **equal: str | None) -> Obj:
    """One page of a list, newest first. `equal` names members that must have the given values, where given."""
    created = _created(call)
    found = [
        body
        for body in reversed(oldest_first)
        if body.get("_account") == call.account
        and all(value is None or body.get(name) == value for name, value in equal.items())
        and created(body["created"])
    ]
    limit = _limit(call)
    rows, more = _cut(call, found, limit)
    return {"object": "list", "url": call.path, "has_more": more, "data": rows}


def _limit(call: Call) -> int:
    limit = forms.integer(call.params, "limit") or LIMIT
    if limit > LIMIT_MAX:
        raise errors.invalid("This value must be less than or equal to 100.", param="limit")
    return limit


def _cut(call: Call, found: list[Obj], limit: int) -> tuple[list[Obj], bool]:
    ids = [body["id"] for body in found]
    if after := forms.text(call.params, "starting_after"):
        found = found[_place(ids, after, "starting_after") + 1 :]
    elif before := forms.text(call.params, "ending_before"):
        found = found[: _place(ids, before, "ending_before")]
        return found[-limit:], len(found) > limit
    return found[:limit], len(found) > limit


def _place(ids: list[str], id: str, param: str) -> int:
    if id not in ids:
        raise errors.no_such("object", id, param=param, status=400)
    return ids.index(id)


def _created(call: Call) -> Callable[[int], bool]:
    """The test of a creation time that the call asks for: one second exactly, or a range."""
    if isinstance(call.params.get("created"), str):
        exact = forms.integer(call.params, "created", least=0)
        return lambda created: created == exact
    range_ = forms.mapping(call.params, "created")
    signs = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
    forms.known_only(range_, signs)
    bounds = [(_SIGNS[signs[name]], forms.integer(range_, name, least=0) or 0) for name in range_]
    return lambda created: all(holds(created, bound) for holds, bound in bounds)


def search(call: Call, oldest_first: list[Obj]) -> Obj:
    """One page of what matches `query`: clauses joined by AND, newest first; `page` is the place to go on from."""
    forms.known_only(call.params, {"limit", "page", "query"})
    clauses = _clauses(forms.required(call.params, "query"))
    found = [
        body
        for body in reversed(oldest_first)
        if body.get("_account") == call.account and all(_holds(clause, body) for clause in clauses)
    ]
    start, limit = forms.integer(call.params, "page") or 0, _limit(call)
    more = len(found) > start + limit
    result: Obj = {"object": "search_result", "url": call.path, "has_more": more, "data": found[start : start + limit]}
    return {**result, "next_page": str(start + limit) if more else None}


def _clauses(query: str) -> list[re.Match[str]]:
    found = [_CLAUSE.fullmatch(part) for part in re.split(r"\s+AND\s+", query)]
    if not all(found):
        raise errors.invalid(f"We were unable to parse your search query: {query}", param="query")
    return [clause for clause in found if clause]


def _holds(clause: re.Match[str], body: dict[str, Any]) -> bool:
    value = body.get(clause["field"])
    if clause["member"] is not None:
        value = (value or {}).get(clause["member"])
    wanted = next(given for given in clause.group("double", "single", "bare") if given is not None)
    if clause["sign"] == ":":
        return value is not None and str(value) == wanted
    return isinstance(value, int) and wanted.isdigit() and _SIGNS[clause["sign"]](value, int(wanted))
