"""What `Tabs` does, and people who pay together, gift cards and passes."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from app.domain import commands as cm
from app.domain.group import READY, Group
from app.domain.refusals import Refusal
from app.domain.voucher import Grant
from tests.domain.serving import chance, pick
from tests.domain.tabs import Tabs
from tests.domain.visit import MANAGER, SYSTEM, Visit, me

__all__ = ["Tenders"]

CARDS = ["red", "green"]
FULL = 4_000


def has_group(evening: "Tenders") -> bool:
    return any(visit.bill.groups for visit in evening.visits)


class Tenders(Tabs):
    """Two gift cards lie on the table; what is taken from them is counted here."""

    def __init__(self) -> None:
        super().__init__()
        self.balances = dict.fromkeys(CARDS, 0)

    # Together

    @rule(table=chance, proposer=chance, payers=st.integers(2, 4), tip=st.integers(0, 200))
    def pay_together(self, table: int, proposer: int, payers: int, tip: int) -> None:
        visit = self.at(table)
        people = [each.id for each in visit.bill.present if each.companion_of is None]
        name = pick(people, proposer)
        shares = tuple(cm.GroupShare(visit.new("payment"), each, None, tip * self.step) for each in people[:payers])
        command = cm.StartGroup(visit.new("group"), name, shares, visit.now + timedelta(minutes=10))
        before = visit.bill
        if name and isinstance(visit.attempt(command, me(name)), Refusal):
            assert visit.bill == before

    def group(self, visit: Visit, number: int) -> Group | None:
        found: Group | None = pick(visit.bill.groups.values(), number)
        return found

    @precondition(has_group)
    @rule(table=chance, number=chance)
    def everybody_agrees(self, table: int, number: int) -> None:
        visit = self.at(table)
        if group := self.group(visit, number):
            for payment in group.payments:
                visit.attempt(cm.ObservePayment(payment, "authorized", 0), SYSTEM)

    @precondition(has_group)
    @rule(table=chance, number=chance)
    def give_a_group_up(self, table: int, number: int) -> None:
        visit = self.at(table)
        if group := self.group(visit, number):
            who = pick(group.payments.values(), number // 7)
            outcome = visit.attempt(cm.ReleaseGroup(group.id, "changed our minds"), me(who))
            assert isinstance(outcome, Refusal) == (group.status in ("capturing", "succeeded"))

    @precondition(has_group)
    @rule(table=chance, number=chance)
    def remind(self, table: int, number: int) -> None:
        visit = self.at(table)
        if group := self.group(visit, number):
            visit.attempt(cm.RemindGroup(group.id), SYSTEM if number % 2 else MANAGER)
            visit.attempt(cm.RemindGuests(), MANAGER)

    @invariant()
    def groups_are_all_or_nothing(self) -> None:
        """Nobody's money is taken unless everybody agreed; a group that was given up holds nothing for long."""
        for visit in getattr(self, "visits", []):
            for group in visit.bill.groups.values():
                check_group(visit, group)

    # Gift cards

    @rule(table=chance, guest=chance, quantity=st.integers(1, 2))
    def order_a_gift_card(self, table: int, guest: int, quantity: int) -> None:
        visit = self.at(table)
        name = pick((each.id for each in visit.bill.present), guest)
        grant = Grant("giftCard", 1000 * self.step, valid_days=365)
        line = cm.WantedLine(visit.new("line"), "card", "Gift card", quantity, 1000 * self.step, (), None, grants=grant)
        if name:
            visit.attempt(cm.PlaceOrder(visit.new("order"), name, (line,)), me(name))

    @rule(card=st.sampled_from(CARDS))
    def load_a_gift_card(self, card: str) -> None:
        self.balances[card] += FULL * self.step

    @rule(
        table=chance,
        payer=chance,
        card=st.sampled_from(CARDS),
        tip=st.integers(0, 50),
        pays=st.sampled_from([cm.PayMine(), cm.PayOpen(), cm.PayEverything(), cm.PayAmount(700)]),
    )
    def pay_with_a_gift_card(self, table: int, payer: int, card: str, tip: int, pays: cm.Pays) -> None:
        visit = self.at(table)
        name = pick((each.id for each in visit.bill.present), payer)
        if name is None:
            return
        holds = cm.GiftCard(card, self.balances[card])
        if isinstance(pays, cm.PayAmount):
            pays = cm.PayAmount(min(pays.amount * self.step, visit.bill.unpaid))
        command = visit.starting(name, pays, "giftCard", tip * self.step, gift_card=holds)
        if not isinstance(visit.attempt(command, me(name)), Refusal):
            payment = visit.payment(command.payment)
            assert (payment.status, payment.reference) == ("succeeded", card)
            self.balances[card] -= payment.charge
        assert self.balances[card] >= 0


def check_group(visit: Visit, group: Group) -> None:
    members = [visit.payment(payment) for payment in group.payments]
    if group.status == "open":
        assert not any(each.capturing or each.expiring for each in members)
        assert not all(each.status in READY for each in members)
    if group.status == "succeeded":
        assert all(each.status == "succeeded" for each in members)
    if group.status == "released":
        assert all(each.expiring or not each.is_open for each in members)
    if group.status == "capturing":
        assert all(each.capturing for each in members)
