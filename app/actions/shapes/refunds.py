"""Requests about money on its way back."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from app.actions.shapes.shape import AMOUNT_MAX, ITEMS_MAX, Amount, Id, Reason, Shape
from app.domain.commands import Back, BackAll, BackAmount, BackCredit, BackLines, BackSurplus


class RefundRequest(Shape):
    """`POST /payments/{id}/refunds`: one of `amount`, `lines`, `credits`, `surplus`; none of them is everything."""

    reason: Reason
    amount: Amount | None = None
    lines: Annotated[list[Id], Field(min_length=1, max_length=ITEMS_MAX)] | None = None
    credits: Literal[True] | None = None
    surplus: Literal[True] | None = None
    tip: Amount = 0
    owed_again: bool = False

    @model_validator(mode="after")
    def _one_of_them(self) -> "RefundRequest":
        named = [each for each in (self.amount, self.lines, self.credits, self.surplus) if each is not None]
        if len(named) > 1:
            raise ValueError("give at most one of amount, lines, credits and surplus")
        if not named and self.tip:
            raise ValueError("everything has its tip already")
        if self.amount == 0 and not self.tip:
            raise ValueError("an amount is above 0, unless it is the tip that goes back")
        return self

    @property
    def back(self) -> Back:
        """What goes back, as the bill calls it."""
        if self.amount is not None:
            return BackAmount(self.amount)
        if self.lines is not None:
            return BackLines(tuple(self.lines))
        if self.credits:
            return BackCredit()
        return BackSurplus() if self.surplus else BackAll()


class TableRefundRequest(Shape):
    """`POST /table-sessions/{id}/refunds`: a sum off the whole split, or all credits."""

    reason: Reason
    amount: Annotated[int, Field(ge=1, le=AMOUNT_MAX)] | None = None
    credits: Literal[True] | None = None
    owed_again: bool = False

    @model_validator(mode="after")
    def _one_of_them(self) -> "TableRefundRequest":
        if (self.amount is None) == (self.credits is None):
            raise ValueError("give either amount or credits")
        return self

    @property
    def back(self) -> Back:
        """What goes back, as the bill calls it."""
        return BackCredit() if self.amount is None else BackAmount(self.amount)
