"""What a line may sell beside food: gift cards and passes."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Grant", "VoucherKind"]

VoucherKind = Literal["giftCard", "pass"]


@dataclass(frozen=True, slots=True)
class Grant:
    """What whoever buys one piece gets: a gift card of ``value`` (minor units), or a pass for ``uses`` of ``items``.

    ``uses`` None: as often as one likes while it is valid, which makes a pass a membership. ``items`` are ids of the
    menu that a pass pays for. ``valid_days`` counts from the sale; None: without an end.
    """

    kind: VoucherKind
    value: int = 0
    uses: int | None = None
    valid_days: int | None = None
    items: tuple[str, ...] = ()
