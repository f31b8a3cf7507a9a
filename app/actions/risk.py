"""Whether a card payment may start: judged by its signals, approved or refused by staff, explained to both.

Asked after everything that the bill itself refuses, and after the limits. What a person said about a guest holds for a
while, so that nobody is asked about every card.
"""

from datetime import timedelta

import structlog

from app.actions import bills, errors
from app.actions.desk import Desk
from app.domain.bill import Bill
from app.domain.commands import SYSTEM, MakeRequest
from app.domain.events import PaymentStarted
from app.domain.risk import Assessment, Seen, assess
from app.storage import reviews, risk
from app.storage.audit import Entry
from app.storage.tables import Review

log = structlog.get_logger()

DECISION_LASTS = timedelta(minutes=30)
"""So long a guest goes on as staff said."""

BLOCK_LASTS = timedelta(minutes=10)
"""So long a guest whom nobody has looked at is not judged again."""

REVIEW_LASTS = timedelta(hours=1)
PEOPLE_MIN = 4
WORDS = {"allow": "payment.allowed", "challenge": "payment.challenged", "block": "payment.blocked"}
STATES = {"allow": "allowed", "challenge": "open", "block": "blocked"}


async def admit(desk: Desk, bill: Bill, guest: str, started: PaymentStarted) -> None:
    """Let a guest's card payment start, or raise why not: `TooMany`, `NeedsApproval`, `NotAllowed` (`payment_blocked`).

    Nothing is reserved yet. `started` is what the bill decided.
    """
    await _check_table(desk, bill)
    said = await _said(desk, bill, guest)
    if said == "allowed":
        return
    seen = await _seen(desk, bill, guest, started)
    policies = desk.policies
    judged = assess(seen, challenge_at=policies.risk_challenge_score, block_at=policies.risk_block_score)
    if not judged.signals:
        return
    desk.tally[f"reviews_{judged.verdict}_total"] += 1
    review = _review(desk, bill, guest, started, judged)
    if not await reviews.add(desk.database, review, _entry(desk, review)):
        await _said(desk, bill, guest)
        return
    if judged.verdict != "allow":
        log.warning("a payment looks suspicious", review=review.id, verdict=judged.verdict, score=judged.score)
        await _turn_away(desk, review)


async def _check_table(desk: Desk, bill: Bill) -> None:
    """A table where card after card was declined is not a place to try out more of them; cash is always taken."""
    now, most = desk.now(), desk.policies.table_declines_max
    recent = await risk.declines(desk.database, now - risk.TEN_MINUTES, table_id=bill.table_id, limit=most)
    if len(recent) >= most:
        wait = int((recent[-1][2] + risk.TEN_MINUTES - now).total_seconds()) + 1
        raise errors.TooMany("too many cards were declined at this table", retry_after_s=wait)


async def _said(desk: Desk, bill: Bill, guest: str) -> str | None:
    """What was said about this guest lately, where it still holds. Raises what it means for the payment."""
    last = await reviews.newest(desk.database, bill.session, guest)
    if last is None:
        return None
    now, by_person = desk.now(), last.decided_by not in {None, reviews.SYSTEM}
    since = now - (last.decided_at or last.created_at)
    lasts = DECISION_LASTS if by_person else REVIEW_LASTS if last.state == "open" else BLOCK_LASTS
    if since > lasts or last.state == "expired":
        return None
    if last.state != "allowed":
        await _turn_away(desk, last)
    return last.state


async def _turn_away(desk: Desk, review: Review) -> None:
    if review.decided_by in {None, reviews.SYSTEM}:
        await _call_staff(desk, review)
    if review.state == "open":
        raise errors.NeedsApproval("ask your waiter to approve this payment, or pay in cash", review.id)
    raise errors.NotAllowed("no card payment from this phone for now; please pay in cash", code="payment_blocked")


async def _call_staff(desk: Desk, review: Review) -> None:
    """Show on the floor that somebody should look; asked again while it stands, it is the same request."""
    asking = MakeRequest(desk.new_id(), "review", review.guest_id)
    changed = await bills.change(desk, review.stream, asking, by=SYSTEM)
    if changed.events:
        await reviews.ask(desk.database, review.id, asking.request)


async def _seen(desk: Desk, bill: Bill, guest: str, started: PaymentStarted) -> Seen:
    now, unit = desk.now(), 10**bill.money.exponent
    lately = await risk.lately(desk.database, bill.restaurant_id, bill.table_id, bill.session, guest, now)
    charge = started.amount + started.tip
    is_worth_it = charge >= unit  # What is usual costs a look at the newest payments.
    mine = [each for each in bill.payments.values() if each.guest == guest and each.method == "card"]
    return Seen(
        charge=charge,
        tip=started.tip,
        unit=unit,
        median=await risk.usual_charge(desk.database, bill.restaurant_id) if is_worth_it else 0,
        guest_starts_1h=sum(now - each.at < timedelta(hours=1) for each in mine),
        guest_declines_10m=lately.guest_declines_10m,
        table_starts_10m=lately.table_starts_10m,
        table_declines_10m=lately.table_declines_10m,
        house_tries_10m=lately.house_tries_10m,
        house_declines_10m=lately.house_declines_10m,
        phones_30m=lately.phones_30m,
        people=max(bill.covers, PEOPLE_MIN),
        phone_tables_24h=lately.phone_tables_24h,
        new_tables_10m=lately.new_tables_10m,
        tables=lately.tables,
        card_guests_24h=lately.card_guests_24h,
    )


def _review(desk: Desk, bill: Bill, guest: str, started: PaymentStarted, judged: Assessment) -> Review:
    names = ("name", "value", "usual", "points", "text")
    is_open = judged.verdict == "challenge"
    return Review(
        id=desk.new_id(),
        restaurant_id=bill.restaurant_id,
        stream=bill.session,
        table_id=bill.table_id,
        guest_id=guest,
        payment_id=started.payment,
        currency=bill.currency,
        amount=started.amount,
        tip=started.tip,
        verdict=judged.verdict,
        score=judged.score,
        signals=[{name: getattr(signal, name) for name in names} for signal in judged.signals],
        state=STATES[judged.verdict],
        created_at=desk.now(),
        decided_at=None if is_open else desk.now(),
        decided_by=None if is_open else reviews.SYSTEM,
    )


def _entry(desk: Desk, review: Review) -> Entry:
    detail = {
        "tableSession": review.stream,
        "guest": review.guest_id,
        "payment": review.payment_id,
        "score": review.score,
        "signals": {signal["name"]: signal["value"] for signal in review.signals},
    }
    return Entry(review.restaurant_id, desk.now(), reviews.SYSTEM, WORDS[review.verdict], review.id, detail=detail)
