"""Everything an action may answer with instead of doing what it was asked.

    ActionError
    ├── NotSignedIn        nobody we know asks (401)
    ├── NotFound           it does not exist, or not for the one who asks (404)
    ├── NotAllowed         it exists, but this person may not (403)
    ├── Invalid            members of the request make no sense (422)
    ├── Refused            the bill says no (the refusal knows its status, mostly 409)
    ├── Reused             this command number was used for something else (409)
    ├── ApprovalPending    somebody at the table must let the newcomer in first (202)
    ├── NeedsApproval      staff must approve this payment first (409)
    ├── ChooseVisit        the party has paid: join it, or start a new visit (409)
    ├── TooMany            a limit was reached (429)
    └── Unavailable        the database or the provider cannot be asked right now (503)

Web and socket map these in one place each. `code` is the stable word of the API, `detail` is written for people.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.refusals import Refusal


class ActionError(Exception):
    """An action did not happen. Nothing was written, unless the subclass says otherwise."""

    code = "error"

    def __init__(self, detail: str = "", *, code: str | None = None) -> None:
        super().__init__(detail or code or self.code)
        self.detail = detail
        if code is not None:
            self.code = code


class NotSignedIn(ActionError):
    """There is no session behind this request, or it has ended."""

    code = "not_signed_in"


class NotFound(ActionError):
    """It does not exist, or belongs to somebody else: both look the same from outside.

    Codes: `not_found`, and `unknown_code` for a QR code.
    """

    code = "not_found"


class NotAllowed(ActionError):
    """The one who asks is known and may not.

    Codes: `forbidden`, `wrong_pin`, `wrong_login`, `expired_code`, `payment_blocked`.
    """

    code = "forbidden"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong member: its path from the top (`("items", "0", "quantity")`), a stable word and a sentence."""

    path: tuple[str, ...]
    code: str
    detail: str


class Invalid(ActionError):
    """Members are missing, unknown, of the wrong type or out of bounds; `errors` names all of them."""

    code = "invalid"

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__("; ".join(f"{'.'.join(error.path)}: {error.detail}" for error in errors))
        self.errors = tuple(errors)


class Refused(ActionError):
    """The bill refused, and `refusal` says why: code, sentence, figures and status."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail, code=refusal.code)
        self.refusal = refusal

    @property
    def status(self) -> int:
        """The HTTP status of the refusal."""
        return self.refusal.status


class Reused(ActionError):
    """The sender used this command number before, for another command."""

    code = "command_reused"


class ApprovalPending(ActionError):
    """The newcomer knocked and waits. `stream` is the visit whose room will say so; `token` is what to ask with."""

    code = "approval_pending"

    def __init__(self, stream: str, token: str) -> None:
        super().__init__("somebody at the table has to let you in")
        self.stream = stream
        self.token = token


class NeedsApproval(ActionError):
    """Staff have to approve this payment first; `review` is what they decide. The same request later may go through."""

    code = "needs_approval"

    def __init__(self, detail: str, review: str) -> None:
        super().__init__(detail)
        self.review = review


class ChooseVisit(ActionError):
    """The party at this table has paid and its grace period runs: ask again with `visit` set to one of `choices`."""

    code = "choose_visit"

    def __init__(self, choices: Mapping[str, str]) -> None:
        super().__init__("the party at this table has paid: join it or start a new visit")
        self.choices = dict(choices)


class TooMany(ActionError):
    """A limit was reached. `retry_after_s` is when it is worth to ask again, where that can be said."""

    code = "too_many"

    def __init__(self, detail: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class Unavailable(ActionError):
    """Something this needs does not answer; asking again later is safe.

    Codes: `unavailable`, and `provider_unavailable` where only cards cannot be taken.
    """

    code = "unavailable"

    def __init__(self, detail: str, *, retry_after_s: int = 1, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.retry_after_s = retry_after_s
