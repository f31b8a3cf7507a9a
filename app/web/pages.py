"""Pages: complete on first paint, with everything their scripts need inside."""

from starlette.responses import RedirectResponse, Response

from app.actions import floor, guests, kitchen, menus, payments, sessions
from app.actions.access import GuestAccess, StaffAccess
from app.actions.errors import NotAllowed, NotFound
from app.actions.guests import Arrival
from app.domain.money import currency
from app.storage import payments as paid_by
from app.storage import restaurants
from app.web import access, forms, staff
from app.web.calls import Asked
from app.web.shapes import Nothing

SEE_OTHER, FORBIDDEN, NOT_FOUND = 303, 403, 404
ENDED = frozenset({"closed", "abandoned"})
LOGIN, FLOOR = "/staff", "/staff/floor"


async def guest(asked: Asked[Nothing]) -> Response:
    """Show the table behind a code: its menu, and the bill to those who sit there. Creates nothing."""
    code = asked.path("code")
    try:
        arrival = await guests.arrive(asked.desk, code)
    except NotFound:
        return asked.house.pages.html(asked.request, "guest_gone.html", {"reason": "unknown_code"}, NOT_FOUND)
    except NotAllowed:
        return asked.house.pages.html(asked.request, "guest_gone.html", {"reason": "expired_code"}, FORBIDDEN)
    page = await _table(asked, code, arrival)
    page |= await (_visit(asked, arrival, arrival.stream) if arrival.stream else _past(asked, arrival))
    if problem := forms.sentence(asked.request.query_params.get("problem")):
        page["problem"] = problem
    return asked.house.pages.html(asked.request, "guest.html", page)


async def _table(asked: Asked[Nothing], code: str, arrival: Arrival) -> dict[str, object]:
    return {
        "code": code,
        "restaurant": {"id": arrival.restaurant_id, "name": arrival.restaurant_name},
        "table": {"id": arrival.table_id, "label": arrival.table_label},
        "joinPolicy": arrival.join_policy,
        "menu": (menu := await menus.menu(asked.desk, arrival.restaurant_id)),
        "pay": {**asked.site.pay, "cardMinimum": currency(menu["currency"]).card_minimum},
        "now": asked.desk.clock(),
    }


async def _visit(asked: Asked[Nothing], arrival: Arrival, stream: str) -> dict[str, object]:
    """The running visit, for those who may see it: who sits there, and under an open policy whoever holds the code."""
    seat = await _seat(asked, stream)
    if seat is None and (arrival.join_policy != "open" or arrival.visit != "open"):
        return {}
    now = await sessions.snapshot(asked.desk, stream)
    shown: dict[str, object] = {
        "tableSession": {"id": stream, "epoch": now.epoch, "version": now.version},
        "view": now.view,
    }
    person = now.view["guests"].get(seat.guest_id) if seat else None
    if seat is not None and person is not None:
        shown["me"] = {"id": seat.guest_id, "name": person.get("name", ""), "color": person["color"]}
    return shown


async def _past(asked: Asked[Nothing], arrival: Arrival) -> dict[str, object]:
    """For a phone whose visit at this table is over: where its receipt lies."""
    seat = next(iter(access.Cookies.of(asked.request, asked.site).seats()), None)
    guest = await guests.authenticate(asked.desk, seat) if seat else None
    head = await asked.desk.log.head(guest.stream) if guest else None
    if guest is None or head is None or head.table_id != arrival.table_id or head.status not in ENDED:
        return {}
    paid = [row for row in await paid_by.of_stream(asked.desk.database, guest.stream) if row.guest_id == guest.guest_id]
    tokens = [row.receipt_token for row in paid if row.state == "succeeded"]
    return {"past": {"receiptUrl": f"/receipts/{tokens[-1]}"} if tokens else {}}


async def _seat(asked: Asked[Nothing], stream: str) -> GuestAccess | None:
    token = access.Cookies.of(asked.request, asked.site).seat(stream)
    return await guests.authenticate(asked.desk, token) if token else None


async def receipt_page(asked: Asked[Nothing]) -> Response:
    """Show the receipt at its unguessable address."""
    token = asked.path("token")
    try:
        receipt = await payments.receipt(asked.desk, token)
    except NotFound:
        return asked.house.pages.html(asked.request, "receipt_gone.html", {}, NOT_FOUND)
    return asked.house.pages.html(asked.request, "receipt.html", receipt)


async def book(asked: Asked[Nothing]) -> Response:
    """Let anybody book a table of a restaurant."""
    restaurant = await restaurants.restaurant(asked.desk.database, asked.path("restaurant"))
    if restaurant is None:
        return asked.house.pages.html(asked.request, "guest_gone.html", {"reason": "no_restaurant"}, NOT_FOUND)
    place = {"id": restaurant.id, "name": restaurant.name}
    page: dict[str, object] = {"restaurant": place, "currency": restaurant.currency}
    page |= {"timezone": restaurant.timezone, "pay": asked.site.pay, "now": asked.desk.clock()}
    return asked.house.pages.html(asked.request, "book.html", page)


async def front(asked: Asked[Nothing]) -> Response:  # noqa: ARG001 - guests come by the code of their table
    """Lead whoever types the bare address to the door for staff."""
    return RedirectResponse(LOGIN, SEE_OTHER)


async def login(asked: Asked[Nothing]) -> Response:
    """Show the door for staff, or let them through."""
    if await _member(asked) is not None:
        return RedirectResponse(FLOOR, SEE_OTHER)
    return asked.house.pages.html(asked.request, "login.html", {})


async def staff_floor(asked: Asked[Nothing]) -> Response:
    """Show the floor to staff."""
    member = await _member(asked)
    if member is None:
        return RedirectResponse(LOGIN, SEE_OTHER)
    page = await staff.who(asked, member) | {"floor": await floor.floor(asked.desk, member.restaurant_id)}
    page |= {"menu": await menus.menu(asked.desk, member.restaurant_id), "now": asked.desk.clock()}
    return asked.house.pages.html(asked.request, "staff_floor.html", page)


async def staff_kitchen(asked: Asked[Nothing]) -> Response:
    """Show the kitchen what has to be made."""
    member = await _member(asked)
    if member is None:
        return RedirectResponse(LOGIN, SEE_OTHER)
    page = await staff.who(asked, member) | {"kitchen": await kitchen.kitchen(asked.desk, member.restaurant_id)}
    page |= {"now": asked.desk.clock()}
    return asked.house.pages.html(asked.request, "kitchen.html", page)


async def staff_house(asked: Asked[Nothing]) -> Response:
    """Show staff what concerns the house: refunds, reports, tips; what each role may not see stays away."""
    member = await _member(asked)
    if member is None:
        return RedirectResponse(LOGIN, SEE_OTHER)
    page = await staff.who(asked, member)
    restaurant = await restaurants.restaurant(asked.desk.database, member.restaurant_id)
    place = {"id": member.restaurant_id, "name": "", "currency": "EUR"}
    if restaurant is not None:
        place |= {"name": restaurant.name, "currency": restaurant.currency, "timezone": restaurant.timezone}
    return asked.house.pages.html(asked.request, "house.html", page | {"restaurant": place, "now": asked.desk.clock()})


async def _member(asked: Asked[Nothing]) -> StaffAccess | None:
    return await access.signed_in(asked.desk, access.Cookies.of(asked.request, asked.site))
