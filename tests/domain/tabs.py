"""Evenings with tabs: cards that agree, decline, lapse and are captured in whatever order the provider likes."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from app.domain import commands as cm
from app.domain.hold import Hold
from app.domain.holding import owed
from app.domain.refusals import Refusal
from tests.domain.serving import Serving, chance, pick
from tests.domain.visit import SYSTEM, Visit, me

STATUSES = ("awaiting", "authorized", "authorized", "succeeded", "canceled")


def has_hold(evening: "Tabs") -> bool:
    return any(hold.is_live for visit in evening.visits for hold in visit.bill.holds.values())


class Tabs(Serving):
    """Guests open tabs; the provider answers about them."""

    @rule(table=chance, guest=chance, size=st.integers(50, 6_000), can_raise=st.booleans(), agrees=st.booleans())
    def open_a_tab(self, table: int, guest: int, size: int, can_raise: bool, agrees: bool) -> None:
        visit = self.at(table)
        name = pick((each.id for each in visit.bill.present), guest)
        if name is None:
            return
        hold, amount = visit.new("tab"), max(size * self.step, visit.bill.money.card_minimum)
        placed = visit.attempt(cm.PlaceHold(hold, name, amount, None), me(name))
        if agrees and not isinstance(placed, Refusal):
            visit.do(cm.ObserveHold(hold, "authorized", amount, can_raise=can_raise), SYSTEM)

    def hold(self, visit: Visit, number: int) -> Hold | None:
        """One of the table's holds, more often a live one."""
        live = [hold for hold in visit.bill.holds.values() if hold.is_live]
        found: Hold | None = pick(live if number % 3 and live else visit.bill.holds.values(), number // 3)
        return found

    @precondition(has_hold)
    @rule(table=chance, number=chance, more=st.integers(1, 3_000))
    def raise_a_tab(self, table: int, number: int, more: int) -> None:
        visit = self.at(table)
        if hold := self.hold(visit, number):
            visit.attempt(cm.RaiseHold(hold.id, hold.amount + more * self.step), me(hold.guest))

    @precondition(has_hold)
    @rule(table=chance, number=chance, tip=st.integers(0, 300))
    def capture_a_tab(self, table: int, number: int, tip: int) -> None:
        """Never more than was authorized, never more than the guest owed, and nobody else's due moves by items."""
        visit = self.at(table)
        hold = self.hold(visit, number)
        if hold is None:
            return
        due = owed(visit.bill, hold.guest)
        facts = visit.attempt(cm.CaptureHold(hold.id, tip * self.step), me(hold.guest))
        if isinstance(facts, Refusal) or visit.bill.holds[hold.id].status != "capturing" or not facts:
            return
        payment = visit.payment(hold.id)
        assert payment.charge <= hold.amount
        assert payment.amount <= due
        assert visit.attempt(cm.CaptureHold(hold.id, 1), me(hold.guest)) == ()

    @precondition(has_hold)
    @rule(table=chance, number=chance)
    def release_a_tab(self, table: int, number: int) -> None:
        visit = self.at(table)
        if hold := self.hold(visit, number):
            visit.attempt(cm.ReleaseHold(hold.id, "changed my mind"), me(hold.guest))

    @precondition(has_hold)
    @rule(table=chance, number=chance, status=st.sampled_from(STATUSES), declined=st.booleans())
    def provider_answers_about_a_tab(self, table: int, number: int, status: str, declined: bool) -> None:
        """In whatever order; twice is the same as once, and what is not under way is never taken."""
        visit = self.at(table)
        hold = self.hold(visit, number)
        if hold is None or (status == "succeeded" and hold.status != "capturing"):
            return
        news = cm.ObserveHold(
            hold.id,
            status,  # type: ignore[arg-type]
            amount=hold.amount if declined else max(hold.amount, hold.raising),
            captured=visit.payment(hold.id).charge if status == "succeeded" else 0,
            decline="declined" if declined else None,
            attempt=visit.new("attempt"),
            raise_declined=declined,
        )
        visit.attempt(news, SYSTEM)
        assert visit.attempt(news, SYSTEM) == ()

    @precondition(has_hold)
    @rule(table=chance, number=chance)
    def capture_is_refused(self, table: int, number: int) -> None:
        visit = self.at(table)
        if hold := self.hold(visit, number):
            visit.attempt(cm.RefuseHold(hold.id, "charge_expired_for_capture"), SYSTEM)
