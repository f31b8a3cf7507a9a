"""The whole URL table: method, path, handler, whom it is for, what it takes, what it gives, what it may refuse."""

from collections.abc import Iterable, Sequence

from starlette.routing import BaseRoute, Route

from app.actions import shapes as ask
from app.actions.roles import FLOOR, HOUSE, KITCHEN, OWNER
from app.web import (
    audit,
    bookings,
    books,
    commands,
    docs,
    findings,
    floor,
    forms,
    giftcards,
    groups,
    guests,
    health,
    holds,
    kitchen,
    menus,
    pages,
    payments,
    privacy,
    refunds,
    reviews,
    sessions,
    staff,
    tables,
    webhooks,
)
from app.web import replies as told
from app.web import shapes as twin
from app.web.access import Who
from app.web.calls import Body, Call, Endpoint, Handler, call
from app.web.house import House
from app.web.limits import CARD_TRIES, COMMANDS, ENDINGS, JOINS, LOGINS, PAYMENT_TRIES, PERSON, READS, REFUNDS, STAFF
from app.web.shown import Reply

ANYONE, GUEST, TABLE, MEMBER = Who.ANYONE, Who.GUEST, Who.TABLE, Who.STAFF
V1 = "/api/v1"
ME = f"{V1}/guest-sessions/me"
AT = f"{V1}/table-sessions/{{session}}"
LINE = AT + "/lines/{line}"
PAYMENT = f"{V1}/payments/{{payment}}"
GROUP = f"{V1}/group-payments/{{group}}"
HOLD = f"{V1}/holds/{{hold}}"
BOOKING = f"{V1}/bookings/{{booking}}"
REFUND = f"{V1}/refunds/{{refund}}"
DISPUTE = f"{V1}/disputes/{{dispute}}"

BILL = "session_closed already_paid share_being_paid conflict"
ANY_COMMAND = f"""{BILL} command_reused line_voided sold_out percent_over_100 still_owed payment_ended payment_open
 table_taken not_open below_minimum nothing_to_pay amount_changed"""
PAYING = f"""{BILL} payment_open amount_changed line_voided below_minimum nothing_to_pay payment_refused
 provider_unavailable needs_approval payment_blocked"""
REFUNDING = "nothing_to_refund payment_disputed amount_changed share_being_paid conflict"
SINCE = {"since": "epoch and version: x7f2.1839", "wait": "seconds to wait for something to happen"}
FINDING_QUERY = {"state": "open (the default), resolved, closed or all", "before": "an id: only older ones"}
VISIT = {"tableSession": "the visit that the guest was at"}
REVIEWS = {"state": "open, allowed, blocked or expired", "cursor": "`next` of the page before"}
DAYS = {"from": "the first business day: 2026-11-01", "to": "the last one"}
FIGURES = {"restaurantId": "one's own", "dateFrom": "the first business day: 2026-11-01", "dateTo": "the last one"}
MINE = {"tableSession": "which of my seats, where this browser has several; the newest one otherwise"}


def do(  # noqa: PLR0913 - one row of a table has many columns
    method: str,
    path: str,
    handler: Handler[Body],
    who: Who,
    takes: type[Body] | None = None,
    codes: str = "",
    *,
    status: int = 200,
    keyed: bool = False,
    roles: frozenset[str] | None = None,
) -> Call:
    """A twin of a command of the socket: they all answer alike. What only staff may do is not for the kitchen."""
    allowed = roles or (FLOOR if who is MEMBER else KITCHEN)
    return call(
        method, path, handler, who, takes=takes, gives=told.Applied, status=status, codes=f"{BILL} {codes}",
        limits=COMMANDS, keyed=keyed, roles=allowed, in_log=True,
    )  # fmt: skip


def see(path: str, handler: Handler[twin.Nothing], who: Who, gives: object, codes: str = "") -> Call:
    """Something to read that may be read often."""
    limits = {GUEST: READS, TABLE: READS, MEMBER: STAFF}.get(who, ())
    return call("GET", path, handler, who, gives=gives, limits=limits, codes=codes)


def house(path: str, handler: Handler[twin.Nothing], gives: type[Reply] = told.Health) -> Call:
    """Something an operator's tools ask for: no limits, and 503 where the answer is no."""
    return call("GET", path, handler, ANYONE, gives=gives, also={503: gives})


# fmt: off
API: Sequence[Call] = (
    # Guests
    call("POST", f"{V1}/guest-sessions", guests.join, ANYONE, takes=ask.JoinRequest, gives=told.Joined, status=201,
         also={200: told.Joined, 202: told.Waiting}, limits=JOINS,
         codes="unknown_code expired_code wrong_pin forbidden not_open choose_visit session_closed conflict"),
    call("PATCH", ME, guests.rename, GUEST, takes=ask.Rename, status=204, query=MINE, limits=PERSON, codes=BILL),
    call("DELETE", ME, guests.leave, GUEST, status=204, query=MINE, limits=PERSON, codes=BILL),
    call("GET", f"{V1}/menus/{{restaurant}}", menus.read, ANYONE, gives=told.Menu, also={304: None}),
    # The table
    call("GET", AT, sessions.read, TABLE, gives=told.Snapshot, also={304: None}, limits=READS),
    call("GET", f"{AT}/events", sessions.events, TABLE, gives=told.Events, query=SINCE, limits=READS),
    do("POST", f"{AT}/commands", commands.do, TABLE, twin.DoCommand, ANY_COMMAND),
    do("POST", f"{AT}/orders", commands.order, TABLE, ask.PlaceOrder, "sold_out", status=201),
    do("PUT", f"{LINE}/claims/{{guest}}", commands.claim, TABLE, twin.ClaimParts, "line_voided"),
    do("PUT", f"{AT}/split", commands.split, TABLE, ask.SetSplit, "percent_over_100"),
    do("PUT", f"{AT}/parts/{{guest}}", commands.parts, TABLE, twin.GuestParts, "amount_changed percent_over_100"),
    do("POST", f"{AT}/companions", commands.companion, TABLE, ask.AddCompanion, status=201),
    do("POST", f"{AT}/requests", commands.ask, TABLE, ask.MakeRequest, status=201),
    do("POST", f"{AT}/guests/{{guest}}/approve", commands.approve_guest, TABLE),
    # Payments
    call("POST", f"{AT}/payment", payments.start, TABLE, takes=ask.PaymentRequest, gives=told.PaymentState, status=201,
         keyed=True, limits=PAYMENT_TRIES, codes=PAYING),
    see(f"{AT}/payment-status", payments.status, TABLE, told.PaymentTotals),
    call("POST", f"{PAYMENT}/pay", payments.pay, TABLE, takes=ask.ConfirmRequest, gives=told.PaymentState, keyed=True,
         limits=CARD_TRIES, codes="already_paid payment_ended payment_open provider_unavailable conflict"),
    call("POST", f"{AT}/group-payments", groups.start, TABLE, takes=ask.GroupRequest, gives=told.Group, status=201,
         keyed=True, limits=PAYMENT_TRIES, codes=f"{PAYING} group_open"),
    call("GET", GROUP, groups.read, TABLE, gives=told.Group, limits=READS),
    call("POST", f"{GROUP}/cancel", groups.cancel, TABLE, gives=told.Group, limits=ENDINGS,
         codes="already_paid conflict"),
    call("POST", f"{GROUP}/remind", groups.remind, TABLE, gives=told.Group, limits=ENDINGS, codes="conflict"),
    do("POST", f"{AT}/reminders", commands.remind, TABLE, ask.RemindGuests),
    call("GET", f"{PAYMENT}/gift-cards", giftcards.bought, TABLE, gives=told.GiftCards, limits=READS),
    call("POST", f"{V1}/gift-cards/balance", giftcards.balance, TABLE, takes=ask.BalanceRequest, gives=told.GiftCard,
         limits=ENDINGS, codes="unknown_gift_card"),
    call("GET", f"{V1}/gift-cards", giftcards.listed, MEMBER, gives=told.GiftCards, query=giftcards.CARD_QUERY,
         limits=STAFF, roles=HOUSE),
    call("PATCH", f"{V1}/gift-cards/{{card}}", giftcards.change, MEMBER, takes=ask.CardChange, gives=told.GiftCard,
         limits=STAFF, roles=HOUSE),
    call("GET", f"{V1}/gift-card-products", giftcards.on_sale, MEMBER, gives=told.Products, limits=STAFF, roles=FLOOR),
    call("POST", f"{V1}/gift-card-products", giftcards.sell, MEMBER, takes=ask.ProductRequest, gives=told.Product,
         status=201, limits=STAFF, roles=HOUSE),
    do("POST", f"{AT}/payments/{{payment}}/keep", commands.keep_paying, TABLE, codes="payment_ended"),
    see(PAYMENT, payments.read, TABLE, told.PaymentState),
    call("POST", f"{PAYMENT}/cancel", payments.cancel, TABLE, gives=told.PaymentState, limits=ENDINGS,
         codes="payment_ended conflict"),
    see(f"{PAYMENT}/receipt", payments.receipt, TABLE, told.Receipt),
    see(f"{PAYMENT}/receipt.html", payments.receipt_page, TABLE, "text/html"),
    call("POST", f"{V1}/webhooks/stripe", webhooks.stripe, ANYONE, takes=twin.Unread, gives=told.Received,
         codes="bad_signature"),
    # Money on its way back
    call("POST", f"{PAYMENT}/refunds", refunds.of_payment, MEMBER, takes=ask.RefundRequest, gives=told.Refunds,
         status=202, keyed=True, limits=REFUNDS, roles=FLOOR, codes=REFUNDING),
    call("POST", f"{AT}/refunds", refunds.of_table, MEMBER, takes=ask.TableRefundRequest, gives=told.Refunds,
         status=202, keyed=True, limits=REFUNDS, roles=FLOOR, codes=REFUNDING),
    call("GET", f"{V1}/refunds", refunds.listed, MEMBER, gives=told.RefundPage, query=refunds.REFUND_QUERY,
         limits=STAFF, roles=FLOOR),
    call("GET", REFUND, refunds.one, MEMBER, gives=told.Refund, limits=STAFF, roles=FLOOR),
    call("POST", f"{REFUND}/approve", refunds.approve, MEMBER, gives=told.Refund, status=202, keyed=True,
         limits=REFUNDS, roles=FLOOR, codes=f"{REFUNDING} second_person refund_ended"),
    call("POST", f"{REFUND}/decline", refunds.decline, MEMBER, takes=twin.Because, gives=told.Refund, limits=STAFF,
         roles=FLOOR, codes="refund_ended conflict"),
    call("GET", f"{V1}/disputes", refunds.disputes, MEMBER, gives=told.DisputePage, query=refunds.DISPUTE_QUERY,
         limits=STAFF, roles=HOUSE),
    call("GET", DISPUTE, refunds.dispute, MEMBER, gives=told.Dispute, limits=STAFF, roles=HOUSE),
    call("GET", f"{DISPUTE}/evidence", refunds.evidence_file, MEMBER, gives=told.Evidence, limits=STAFF, roles=HOUSE),
    call("GET", f"{DISPUTE}/evidence.html", refunds.evidence_page, MEMBER, gives="text/html", limits=STAFF,
         roles=HOUSE),
    # Tabs
    call("POST", f"{AT}/holds", holds.place, TABLE, takes=ask.HoldRequest, gives=told.HoldState, status=201, keyed=True,
         limits=PAYMENT_TRIES, codes="session_closed hold_open below_minimum provider_unavailable conflict"),
    see(HOLD, holds.read, TABLE, told.HoldState),
    call("POST", f"{HOLD}/raise", holds.raise_, TABLE, takes=ask.RaiseRequest, gives=told.HoldState, keyed=True,
         limits=ENDINGS, roles=FLOOR, codes="session_closed hold_ended hold_busy raise_not_offered conflict"),
    call("POST", f"{HOLD}/capture", holds.capture, TABLE, takes=ask.CaptureRequest, gives=told.HoldState, keyed=True,
         limits=ENDINGS, roles=FLOOR, codes="hold_ended amount_changed already_paid conflict"),
    call("POST", f"{HOLD}/release", holds.release, TABLE, gives=told.HoldState, limits=ENDINGS, roles=FLOOR,
         codes="hold_busy still_owed already_paid conflict"),
    # Bookings
    call("GET", f"{V1}/restaurants/{{restaurant}}/booking", bookings.offer, ANYONE, gives=told.BookingOffer,
         query={"date": "a day: 2026-11-30", "people": "how many"}, codes="not_bookable not_found"),
    call("POST", f"{V1}/restaurants/{{restaurant}}/bookings", bookings.book, ANYONE, takes=ask.BookingRequest,
         gives=told.BookingState, status=201,
         codes="not_bookable fully_booked not_found below_minimum provider_unavailable conflict too_many"),
    call("GET", f"{V1}/bookings/mine", bookings.mine, GUEST, gives=told.BookingState, limits=READS, query=MINE),
    call("POST", f"{V1}/bookings/mine/cancel", bookings.cancel_mine, GUEST, gives=told.BookingState, limits=PERSON,
         query=MINE, codes="booking_ended conflict"),
    call("GET", f"{V1}/bookings", bookings.of_day, MEMBER, gives=told.Bookings, limits=STAFF, roles=FLOOR,
         query={"date": "a day: 2026-11-30"}),
    call("POST", f"{V1}/bookings", bookings.book_by_staff, MEMBER, takes=ask.BookingRequest, gives=told.BookingState,
         status=201, limits=STAFF, roles=FLOOR, codes="fully_booked conflict"),
    call("POST", f"{BOOKING}/cancel", bookings.cancel, MEMBER, takes=ask.CancelBooking, gives=told.BookingState,
         limits=STAFF, roles=FLOOR, codes="booking_ended conflict"),
    call("POST", f"{BOOKING}/no-show", bookings.no_show, MEMBER, takes=ask.NoShow, gives=told.BookingState,
         limits=STAFF, roles=FLOOR, codes="booking_ended not_open conflict"),
    call("POST", f"{BOOKING}/seat", bookings.seat, MEMBER, takes=ask.SeatBooking, gives=told.BookingState,
         limits=STAFF, roles=FLOOR, codes="booking_ended table_taken conflict"),
    call("GET", f"{V1}/booking-policy", bookings.policy, MEMBER, gives=told.Terms, limits=STAFF),
    call("PUT", f"{V1}/booking-policy", bookings.set_policy, MEMBER, takes=ask.PolicyRequest, gives=told.Terms,
         limits=STAFF, roles=HOUSE),
    # The books
    call("GET", f"{V1}/reports/day", books.day, MEMBER, gives=told.DayReport, limits=STAFF, roles=HOUSE,
         query={"date": "a business day: 2026-11-21; the current one otherwise"}, codes="invalid"),
    call("GET", f"{V1}/drawer", books.current_drawer, MEMBER, gives=told.CurrentDrawer, limits=STAFF, roles=FLOOR),
    call("POST", f"{V1}/drawer/open", books.open_drawer, MEMBER, takes=ask.FloatRequest, gives=told.Drawer, status=201,
         keyed=True, limits=STAFF, roles=FLOOR, codes="drawer_open"),
    call("POST", f"{V1}/drawer/count", books.count_drawer, MEMBER, takes=ask.CountRequest, gives=told.Drawer,
         keyed=True, limits=STAFF, roles=FLOOR, codes="no_drawer"),
    call("GET", f"{V1}/payouts", books.payouts, MEMBER, gives=told.Payouts, limits=STAFF, roles=HOUSE,
         query={"limit": "how many, 20 otherwise"}, codes="not_connected provider_unavailable invalid"),
    call("GET", f"{V1}/connect", books.connection, MEMBER, gives=told.Connection, limits=STAFF, roles=HOUSE),
    call("PUT", f"{V1}/connect", books.connect_account, MEMBER, takes=ask.ConnectRequest, gives=told.Connection,
         limits=STAFF, roles=OWNER),
    call("GET", f"{V1}/tips", books.tip_pool, MEMBER, gives=told.TipPool, limits=STAFF, roles=HOUSE, query=DAYS,
         codes="invalid"),
    call("GET", f"{V1}/tips/statement", books.tip_statement, MEMBER, gives=told.TipStatement, limits=STAFF,
         query={**DAYS, "staffId": "whose; one's own otherwise"}, codes="invalid not_found"),
    call("GET", f"{V1}/tips/rule", books.tip_rule, MEMBER, gives=told.TipRule, limits=STAFF, roles=HOUSE),
    call("PUT", f"{V1}/tips/rule", books.set_tip_rule, MEMBER, takes=ask.TipRuleRequest, gives=told.TipRule,
         limits=STAFF, roles=HOUSE),
    call("GET", f"{V1}/team", books.team, MEMBER, gives=told.Team, limits=STAFF, roles=HOUSE),
    call("GET", f"{V1}/shifts", books.shifts, MEMBER, gives=told.Shifts, limits=STAFF, roles=HOUSE, query=DAYS,
         codes="invalid"),
    call("POST", f"{V1}/shifts", books.add_shift, MEMBER, takes=ask.ShiftRequest, gives=told.Shift, status=201,
         limits=STAFF, roles=HOUSE, codes="not_found"),
    call("DELETE", f"{V1}/shifts/{{shift}}", books.remove_shift, MEMBER, status=204, limits=STAFF, roles=HOUSE),
    call("GET", f"{V1}/analytics/payments", books.payment_analytics, MEMBER, gives=told.PaymentAnalytics,
         limits=STAFF, roles=HOUSE, query=FIGURES, codes="invalid not_found"),
    # Staff
    call("POST", f"{V1}/staff/login", staff.login, ANYONE, takes=ask.LoginRequest, gives=told.SignedIn, limits=LOGINS,
         codes="wrong_login"),
    call("POST", f"{V1}/staff/logout", staff.logout, ANYONE, status=204),
    see(f"{V1}/staff/me", staff.me, MEMBER, told.SignedIn),
    see(f"{V1}/floor", floor.read, MEMBER, told.Floor),
    see(f"{V1}/kitchen", kitchen.read, MEMBER, told.Kitchen),
    see(f"{V1}/tables", tables.listed, MEMBER, told.Tables),
    see(f"{V1}/tables/qr.svg", tables.sheet, MEMBER, "image/svg+xml"),
    call("PATCH", f"{V1}/tables/{{table}}", tables.change, MEMBER, takes=ask.ServiceRequest, status=204, limits=STAFF),
    call("POST", f"{V1}/tables/{{table}}/code", tables.rotate, MEMBER, gives=told.TableCode, limits=STAFF),
    call("PATCH", f"{V1}/menu-items/{{item}}", menus.change, MEMBER, takes=ask.AvailabilityRequest, status=204,
         limits=STAFF),
    call("POST", f"{V1}/table-sessions", sessions.open_table, MEMBER, takes=ask.OpenRequest, gives=told.Opened,
         status=201, limits=STAFF, roles=FLOOR, codes="table_taken not_found"),
    do("POST", f"{AT}/lines", commands.add_lines, MEMBER, ask.PlaceOrder, "sold_out", status=201),
    do("POST", f"{LINE}/void", commands.void_line, MEMBER, twin.Because, "line_voided"),
    do("POST", f"{LINE}/comp", commands.comp_line, MEMBER, twin.Because, "line_voided"),
    do("POST", f"{LINE}/discount", commands.discount_line, MEMBER, twin.LineDiscount, "line_voided"),
    do("POST", f"{LINE}/status", commands.line_status, MEMBER, twin.LineStatus, "line_voided", roles=KITCHEN),
    do("POST", f"{AT}/discounts", commands.discount, MEMBER, ask.SetDiscount, status=201),
    do("DELETE", f"{AT}/discounts/{{discount}}", commands.remove_discount, MEMBER),
    do("PUT", f"{AT}/service-charge", commands.service_charge, MEMBER, ask.SetServiceCharge),
    do("PUT", f"{AT}/covers", commands.covers, MEMBER, ask.SetCovers),
    do("POST", f"{AT}/requests/{{request}}/claim", commands.claim_request, MEMBER, codes="request_claimed"),
    do("POST", f"{AT}/requests/{{request}}/answer", commands.answer_request, MEMBER),
    do("POST", f"{AT}/guests/{{guest}}/remove", commands.remove_guest, MEMBER, twin.MaybeBecause),
    do("POST", f"{AT}/payments/{{payment}}/confirm", commands.confirm_payment, MEMBER, twin.TakenMoney,
       "payment_ended", keyed=True),
    do("POST", f"{AT}/payments/{{payment}}/release", commands.release_payment, MEMBER, twin.Because, "payment_ended",
       roles=HOUSE),
    do("POST", f"{AT}/move", commands.move, MEMBER, twin.MoveTable, "table_taken"),
    do("POST", f"{AT}/close", commands.close, MEMBER, ask.EndSession, "still_owed payment_open"),
    do("POST", f"{AT}/abandon", commands.abandon, MEMBER, ask.EndSession, "payment_open"),
    do("POST", f"{AT}/reopen", commands.reopen, MEMBER, ask.EndSession, "table_taken"),
    # Findings
    call("GET", f"{V1}/findings", findings.listed, MEMBER, gives=told.Findings, query=FINDING_QUERY, limits=STAFF,
         roles=HOUSE, codes="invalid"),
    call("GET", f"{V1}/findings/{{finding}}", findings.one, MEMBER, gives=told.Finding, limits=STAFF, roles=HOUSE),
    call("POST", f"{V1}/findings/{{finding}}/close", findings.close, MEMBER, takes=twin.Noted, gives=told.Finding,
         limits=STAFF, roles=HOUSE, codes="finding_closed"),
    # Trust
    call("GET", f"{V1}/reviews", reviews.listed, MEMBER, gives=told.Reviews, limits=STAFF, roles=FLOOR, query=REVIEWS),
    call("POST", f"{V1}/reviews/{{review}}/allow", reviews.allow, MEMBER, takes=twin.Because, gives=told.Review,
         limits=STAFF, roles=FLOOR, codes="review_decided", in_log=True),
    call("POST", f"{V1}/reviews/{{review}}/block", reviews.block, MEMBER, takes=twin.Because, gives=told.Review,
         limits=STAFF, roles=FLOOR, codes="review_decided", in_log=True),
    call("GET", f"{ME}/data", privacy.mine, GUEST, gives=told.PersonalData, query=MINE, limits=PERSON),
    call("DELETE", f"{ME}/data", privacy.erase_mine, GUEST, gives=told.Erased, query=MINE, limits=PERSON,
         codes="payment_open conflict"),
    call("GET", f"{V1}/people/{{guest}}/export", privacy.export, MEMBER, gives=told.PersonalData, query=VISIT,
         limits=STAFF, roles=HOUSE),
    call("DELETE", f"{V1}/people/{{guest}}", privacy.erase, MEMBER, gives=told.Erased, query=VISIT,
         limits=STAFF, roles=HOUSE, codes="payment_open conflict", in_log=True),
    call("GET", f"{V1}/audit", audit.listed, MEMBER, gives=told.Audit, limits=STAFF, roles=HOUSE,
         query={"cursor": "`next` of the page before"}),
    call("GET", f"{V1}/audit/export", audit.export, MEMBER, gives="application/x-ndjson", limits=STAFF, roles=HOUSE,
         query={"since": "a day or a moment; everything otherwise"}),
    # The house
    house("/health", health.overall, told.HealthOfAll),
    house("/health/live", health.live),
    house("/health/ready", health.ready),
    house("/health/startup", health.startup),
    house("/health/db", health.db),
    house("/health/redis", health.redis),
    house("/health/stripe", health.stripe),
    call("GET", "/metrics", health.metrics, ANYONE, gives="text/plain"),
)

PAGES: Sequence[Call] = (
    see("/", pages.front, ANYONE, None),
    see("/t/{code}", pages.guest, ANYONE, "text/html"),
    call("POST", "/t/{code}/cash", forms.pay_cash, ANYONE, takes=twin.Unread, status=303),
    call("POST", "/t/{code}/cash/cancel", forms.cancel_cash, ANYONE, takes=twin.Unread, status=303),
    see("/receipts/{token}", pages.receipt_page, ANYONE, "text/html"),
    see("/book/{restaurant}", pages.book, ANYONE, "text/html"),
    see("/staff", pages.login, ANYONE, "text/html"),
    see("/staff/floor", pages.staff_floor, ANYONE, "text/html"),
    see("/staff/kitchen", pages.staff_kitchen, ANYONE, "text/html"),
    see("/staff/house", pages.staff_house, ANYONE, "text/html"),
)
# fmt: on


def routes(house: House) -> list[BaseRoute]:
    """One route for each path, whatever its methods; the files of the pages; and the API's description of itself."""
    about = (
        see(f"{V1}/openapi.json", docs.machine_readable(API, house.site.version), ANYONE, "application/json"),
        see(f"{V1}/asyncapi.json", docs.of_the_socket(house.site.version), ANYONE, "application/json"),
        see(f"{V1}/docs", docs.readable(API, house.site.version), ANYONE, "text/html"),
        see(f"{V1}/docs.css", docs.style, ANYONE, "text/css"),
    )
    files = Route("/static/{version}/{path:path}", house.files.answer, methods=["GET"])
    return [*_by_path([*API, *PAGES, *about], house), files]


def _by_path(calls: Iterable[Call], house: House) -> list[BaseRoute]:
    paths: dict[str, list[Call]] = {}
    for one in calls:
        paths.setdefault(one.path, []).append(one)
    return [Route(path, Endpoint(path, found, house)) for path, found in paths.items()]
