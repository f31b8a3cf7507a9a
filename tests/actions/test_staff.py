import pytest

from app.actions import errors, staff
from tests.actions.evening import PASSWORD, Evening


async def test_staff_sign_in_and_out(evening: Evening) -> None:
    login = await staff.login(evening.desk, " Waiter@Open.Example ", PASSWORD)
    assert (login.staff.role, login.staff.restaurant_id) == ("waiter", evening.restaurant)
    assert await staff.authenticate(evening.desk, login.token) == login.staff
    assert login.token not in repr(login)
    await staff.logout(evening.desk, login.token)
    assert await staff.authenticate(evening.desk, login.token) is None


@pytest.mark.parametrize(("email", "password"), [("waiter@open.example", "wrong"), ("nobody@open.example", PASSWORD)])
async def test_a_wrong_login_does_not_say_what_was_wrong(evening: Evening, email: str, password: str) -> None:
    with pytest.raises(errors.NotAllowed) as caught:
        await staff.login(evening.desk, email, password)
    assert caught.value.code == "wrong_login"


async def test_a_session_ends_with_the_shift(evening: Evening) -> None:
    login = await staff.login(evening.desk, "waiter@open.example", PASSWORD)
    evening.clock.pass_(hours=14, seconds=1)
    assert await staff.authenticate(evening.desk, login.token) is None


async def test_a_made_up_token_is_nobodys(evening: Evening) -> None:
    assert await staff.authenticate(evening.desk, "made-up") is None
