"""Everything that a person, a job or the payment provider may ask of a bill.

Ids of new things and everything read from the menu come in with the command: deciding is pure.
"""

from app.domain.commands.actor import SYSTEM, Actor, Role
from app.domain.commands.lines import (
    CompLine,
    DiscountLine,
    PlaceOrder,
    RemoveDiscount,
    SetCovers,
    SetDiscount,
    SetLineStatus,
    SetServiceCharge,
    VoidLine,
    WantedLine,
)
from app.domain.commands.payments import (
    ApplySurplus,
    CancelPayment,
    ConfirmPayment,
    ExpirePayment,
    KeepPayment,
    ObservePayment,
    PayAmount,
    PayEverything,
    PayGuests,
    PayLines,
    PayMine,
    PayOpen,
    Pays,
    PayShares,
    RefusePayment,
    ReleasePayment,
    StartPayment,
)
from app.domain.commands.refunds import (
    EndRefund,
    StartRefund,
)
from app.domain.commands.split import (
    SetClaim,
    SetParts,
    SetSplit,
)
from app.domain.commands.visit import (
    AbandonSession,
    AnswerRequest,
    ClaimRequest,
    CloseSession,
    JoinGuest,
    LeaveGuest,
    MakeRequest,
    MoveSession,
    OpenSession,
    RemoveGuest,
    RenameGuest,
    ReopenSession,
)

__all__ = [
    "SYSTEM",
    "AbandonSession",
    "Actor",
    "AnswerRequest",
    "ApplySurplus",
    "CancelPayment",
    "ClaimRequest",
    "CloseSession",
    "Command",
    "CompLine",
    "ConfirmPayment",
    "DiscountLine",
    "EndRefund",
    "ExpirePayment",
    "JoinGuest",
    "KeepPayment",
    "LeaveGuest",
    "MakeRequest",
    "MoveSession",
    "ObservePayment",
    "OpenSession",
    "PayAmount",
    "PayEverything",
    "PayGuests",
    "PayLines",
    "PayMine",
    "PayOpen",
    "PayShares",
    "Pays",
    "PlaceOrder",
    "RefusePayment",
    "ReleasePayment",
    "RemoveDiscount",
    "RemoveGuest",
    "RenameGuest",
    "ReopenSession",
    "Role",
    "SetClaim",
    "SetCovers",
    "SetDiscount",
    "SetLineStatus",
    "SetParts",
    "SetServiceCharge",
    "SetSplit",
    "StartPayment",
    "StartRefund",
    "VoidLine",
    "WantedLine",
]

Command = (
    OpenSession
    | JoinGuest
    | RenameGuest
    | LeaveGuest
    | RemoveGuest
    | SetCovers
    | PlaceOrder
    | SetLineStatus
    | VoidLine
    | CompLine
    | DiscountLine
    | SetDiscount
    | RemoveDiscount
    | SetServiceCharge
    | SetClaim
    | SetSplit
    | SetParts
    | StartPayment
    | KeepPayment
    | CancelPayment
    | ExpirePayment
    | ReleasePayment
    | RefusePayment
    | ConfirmPayment
    | ObservePayment
    | ApplySurplus
    | StartRefund
    | EndRefund
    | MakeRequest
    | ClaimRequest
    | AnswerRequest
    | MoveSession
    | CloseSession
    | AbandonSession
    | ReopenSession
)
