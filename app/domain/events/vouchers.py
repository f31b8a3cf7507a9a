"""Facts about gift cards and passes that a bill sells."""

from dataclasses import dataclass
from typing import ClassVar

from app.domain.voucher import Grant


@dataclass(frozen=True, slots=True)
class VouchersOrdered:
    """These ``lines`` sell something: what each piece of them grants."""

    kind: ClassVar[str] = "vouchers.ordered"
    v: ClassVar[int] = 1
    lines: dict[str, Grant]


@dataclass(frozen=True, slots=True)
class VoucherGranted:
    """The line is settled, so its ``cards`` are given to the payer of ``payment``; their codes stand beside the log."""

    kind: ClassVar[str] = "voucher.granted"
    v: ClassVar[int] = 1
    line: str
    payment: str
    cards: tuple[str, ...]
