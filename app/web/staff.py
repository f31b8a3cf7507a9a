"""Staff at the door: in, out, and who is there."""

from starlette.responses import Response

from app.actions import staff
from app.actions.access import StaffAccess
from app.actions.errors import NotAllowed
from app.actions.shapes import LoginRequest
from app.storage import restaurants
from app.web import access, answers, limits
from app.web.calls import Asked
from app.web.shapes import Nothing


async def login(asked: Asked[LoginRequest]) -> Response:
    """Sign in."""
    await limits.demand_patience(asked, limits.WRONG_LOGINS)
    try:
        signed_in = await staff.login(
            asked.desk, asked.body.email, asked.body.password, address=access.address(asked.request)
        )
    except NotAllowed:
        await limits.spend(asked, [limits.WRONG_LOGINS])
        raise
    answer = answers.json(await who(asked, signed_in.staff))
    access.keep_staff(answer, asked.site, signed_in.token)
    return answer


async def logout(asked: Asked[Nothing]) -> Response:
    """Sign out; the session is over everywhere."""
    cookies = access.Cookies.of(asked.request, asked.site)
    if cookies.staff:
        await staff.logout(asked.desk, cookies.staff, address=access.address(asked.request))
    answer = answers.nothing()
    access.drop_staff(answer, asked.site)
    return answer


async def me(asked: Asked[Nothing]) -> Response:
    """Say who is signed in."""
    return answers.json(await who(asked, asked.staff))


async def who(asked: Asked[LoginRequest] | Asked[Nothing], member: StaffAccess) -> dict[str, object]:
    """A member of staff and their restaurant, as pages and scripts read it."""
    restaurant = await restaurants.restaurant(asked.desk.database, member.restaurant_id)
    place = {"id": member.restaurant_id, "name": restaurant.name if restaurant else ""}
    if restaurant is not None:
        place["currency"] = restaurant.currency
    return {"staff": {"id": member.staff_id, "name": member.name, "role": member.role}, "restaurant": place}
