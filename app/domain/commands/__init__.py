"""Everything that a person, a job or the payment provider may ask of a bill.

Ids of new things and everything read from the menu come in with the command: deciding is pure.
"""

from app.domain.commands.actor import SYSTEM, Actor, Role
from app.domain.commands.groups import (
    GroupShare,
    ReleaseGroup,
    RemindGroup,
    RemindGuests,
    StartGroup,
)
from app.domain.commands.holds import (
    AlertHold,
    CaptureHold,
    ObserveHold,
    PlaceHold,
    RaiseHold,
    RefuseHold,
    ReleaseHold,
)
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
    GiftCard,
    ImportPayment,
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
    AskRefund,
    Back,
    BackAll,
    BackAmount,
    BackCredit,
    BackLines,
    BackSurplus,
    BackTotal,
    DeclineRefund,
    EndRefund,
    GiveBack,
    ObserveDispute,
    StartRefund,
)
from app.domain.commands.reservations import BookSession, EndBooked
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
    "AlertHold",
    "AnswerRequest",
    "ApplySurplus",
    "AskRefund",
    "Back",
    "BackAll",
    "BackAmount",
    "BackCredit",
    "BackLines",
    "BackSurplus",
    "BackTotal",
    "BookSession",
    "CancelPayment",
    "CaptureHold",
    "ClaimRequest",
    "CloseSession",
    "Command",
    "CompLine",
    "ConfirmPayment",
    "DeclineRefund",
    "DiscountLine",
    "EndBooked",
    "EndRefund",
    "ExpirePayment",
    "GiftCard",
    "GiveBack",
    "GroupShare",
    "ImportPayment",
    "JoinGuest",
    "KeepPayment",
    "LeaveGuest",
    "MakeRequest",
    "MoveSession",
    "ObserveDispute",
    "ObserveHold",
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
    "PlaceHold",
    "PlaceOrder",
    "RaiseHold",
    "RefuseHold",
    "RefusePayment",
    "ReleaseGroup",
    "ReleaseHold",
    "ReleasePayment",
    "RemindGroup",
    "RemindGuests",
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
    "StartGroup",
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
    | ImportPayment
    | KeepPayment
    | CancelPayment
    | ExpirePayment
    | ReleasePayment
    | StartGroup
    | ReleaseGroup
    | RemindGroup
    | RemindGuests
    | RefusePayment
    | ConfirmPayment
    | ObservePayment
    | ApplySurplus
    | PlaceHold
    | RaiseHold
    | CaptureHold
    | ReleaseHold
    | AlertHold
    | RefuseHold
    | ObserveHold
    | BookSession
    | EndBooked
    | StartRefund
    | GiveBack
    | AskRefund
    | DeclineRefund
    | EndRefund
    | ObserveDispute
    | MakeRequest
    | ClaimRequest
    | AnswerRequest
    | MoveSession
    | CloseSession
    | AbandonSession
    | ReopenSession
)
