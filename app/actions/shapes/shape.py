"""What all shapes share: strict members, and how they are checked."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from app.actions.errors import FieldError, Invalid

AMOUNT_MAX = 10**12
PPM_MAX = 1_000_000
PARTS_MAX = 10_000
ITEMS_MAX = 64
NAME_MAX = 40

Id = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=NAME_MAX)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Amount = Annotated[int, Field(ge=0, le=AMOUNT_MAX)]
Ppm = Annotated[int, Field(ge=0, le=PPM_MAX)]
Parts = Annotated[int, Field(ge=0, le=PARTS_MAX)]


class Shape(BaseModel):
    """A JSON object: its members are checked without any conversion, and unknown ones are refused."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", strict=True, frozen=True, validate_by_name=True)


AnyShape = TypeVar("AnyShape", bound=Shape)


def read(shape: type[AnyShape], members: Mapping[str, object]) -> AnyShape:
    """Check `members` against `shape`; raises Invalid that names every wrong one by its wire name."""
    try:
        return shape.model_validate(members, by_alias=True, by_name=False)
    except ValidationError as error:
        raise Invalid([_field_error(one) for one in error.errors(include_url=False, include_input=False)]) from None


def _field_error(error: Mapping[str, Any]) -> FieldError:
    return FieldError(tuple(str(part) for part in error["loc"]), str(error["type"]), str(error["msg"]))
