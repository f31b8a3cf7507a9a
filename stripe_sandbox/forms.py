"""Reading what a call sent: form-encoded members with brackets, and the checks Stripe makes on each."""

import re
import urllib.parse
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from stripe_sandbox import errors

MEMBERS_MAX = 1000
METADATA_KEYS_MAX = 50
METADATA_KEY_LENGTH_MAX = 40
METADATA_VALUE_LENGTH_MAX = 500

_PATH = re.compile(r"\[([^\[\]]*)\]")


def decode(raw: str) -> dict[str, Any]:
    """Turn `a[b]=1&c[]=2&c[]=3` into `{"a": {"b": "1"}, "c": ["2", "3"]}`."""
    try:
        pairs = urllib.parse.parse_qsl(raw, keep_blank_values=True, max_num_fields=MEMBERS_MAX, errors="strict")
    except (ValueError, UnicodeDecodeError):
        raise errors.invalid("Invalid request: the body is not form-encoded UTF-8.") from None
    found: dict[str, Any] = {}
    for name, value in pairs:
        _place(found, _path(name), value)
    return {name: _with_lists(value) for name, value in found.items()}


def _path(name: str) -> list[str]:
    return [name.split("[", 1)[0], *_PATH.findall(name)]


def _place(found: dict[str, Any], path: list[str], value: str) -> None:
    for step in path[:-1]:
        inner = found.setdefault(step, {})
        if not isinstance(inner, dict):
            raise errors.invalid(f"Invalid {path[0]}: it is both a value and an object.", param=path[0])
        found = inner
    last = path[-1] or str(len(found))
    if isinstance(found.get(last), dict):
        raise errors.invalid(f"Invalid {path[0]}: it is both a value and an object.", param=path[0])
    found[last] = value


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(member) for name, member in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def known_only(params: Mapping[str, Any], allowed: Collection[str]) -> None:
    """Refuse members the endpoint does not have; Stripe does not ignore them."""
    unknown = sorted(set(params) - set(allowed) - {"expand"})
    if unknown:
        raise errors.invalid(
            f"Received unknown parameter{'s' * (len(unknown) > 1)}: {', '.join(unknown)}",
            code="parameter_unknown",
            param=unknown[0],
        )


def text(params: Mapping[str, Any], name: str) -> str | None:
    """A string member, or None when it is absent."""
    value = params.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise errors.invalid("Invalid string: an object or a list was given.", param=name)
    if not value:
        raise errors.invalid(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty "
            "value.",
            code="parameter_invalid_empty",
            param=name,
        )
    return value


def required(params: Mapping[str, Any], name: str) -> str:
    """A string member that must be there."""
    value = text(params, name)
    if value is None:
        raise errors.missing(name)
    return value


def integer(params: Mapping[str, Any], name: str, *, least: int = 1) -> int | None:
    """A whole number of at least `least`, or None when it is absent."""
    value = text(params, name)
    if value is None:
        return None
    if not re.fullmatch(r"-?\d{1,18}", value):
        raise errors.invalid(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
    if int(value) < least:
        raise errors.invalid(
            f"This value must be greater than or equal to {least}.", code="parameter_invalid_integer", param=name
        )
    return int(value)


def flag(params: Mapping[str, Any], name: str) -> bool:
    """A boolean member; absent means false."""
    value = text(params, name)
    if value not in {None, "true", "false"}:
        raise errors.invalid(f"Invalid boolean: {value}", param=name)
    return value == "true"


def choice(params: Mapping[str, Any], name: str, options: Collection[str]) -> str | None:
    """One of a fixed set of words, or None when it is absent."""
    value = text(params, name)
    if value is not None and value not in options:
        raise errors.invalid(f"Invalid {name}: must be one of {', '.join(options)}", param=name)
    return value


def mapping(params: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object member; absent or empty means `{}`."""
    value = params.get(name) or {}
    if isinstance(value, list):
        value = {str(place): member for place, member in enumerate(value)}
    if not isinstance(value, dict):
        raise errors.invalid("Invalid object", param=name)
    return value


def metadata(params: Mapping[str, Any], before: Mapping[str, str] | None = None) -> dict[str, str]:
    """What the metadata is after this call: new keys over old ones, an empty value takes a key away."""
    if params.get("metadata") == "":
        return {}
    after = dict(before or {})
    for name, value in _metadata_pairs(mapping(params, "metadata")):
        if value:
            after[name] = value
        else:
            after.pop(name, None)
    if len(after) > METADATA_KEYS_MAX:
        raise errors.invalid(f"Metadata can have up to {METADATA_KEYS_MAX} keys.", param="metadata")
    return after


def _metadata_pairs(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in given.items():
        if not isinstance(value, str):
            raise errors.invalid("Metadata values must be strings.", param="metadata")
        if len(name) > METADATA_KEY_LENGTH_MAX or len(value) > METADATA_VALUE_LENGTH_MAX:
            raise errors.invalid(
                f"Metadata keys can be up to {METADATA_KEY_LENGTH_MAX} characters long and values up to "
                f"{METADATA_VALUE_LENGTH_MAX}.",
                param="metadata",
            )
        yield name, value
