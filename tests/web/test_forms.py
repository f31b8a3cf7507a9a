from typing import Any

import pytest

from app.actions.errors import ApprovalPending
from app.web import forms
from app.web.errors import CODES
from tests.web.house import House
from tests.web.people import Guest, sit


async def post(guest: Guest, path: str, form: dict[str, str]) -> Any:
    return await guest.http.post(
        f"/t/{guest.table.code}{path}", data=form, headers={"origin": str(guest.http.base_url)}
    )


async def test_cash_works_without_a_script(house: House, guest: Guest) -> None:
    line, _ = await guest.order(house.here), await guest.order(house.here, "Mint", 90)
    answer = await post(guest, "/cash", {f"line.{line}": "on"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/t/{guest.table.code}")
    ((payment, told),) = (await guest.view())["payments"].items()
    assert (told["method"], told["amount"], list(told["allocations"])) == ("cash", 1579, [line])
    answer = await post(guest, "/cash/cancel", {"payment": payment})
    assert answer.headers["location"] == f"/t/{guest.table.code}"
    assert (await guest.view())["payments"][payment]["status"] == "canceled"


async def test_the_page_lets_go_of_what_it_holds_for_cash(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    await post(guest, "/cash", {"pays": "mine"})
    page = (await guest.http.get(f"/t/{guest.table.code}")).text
    (payment,) = (await guest.view())["payments"]
    assert f'action="/t/{guest.table.code}/cash/cancel"' in page
    assert f'name="payment" value="{payment}"' in page
    await post(guest, "/cash/cancel", {"payment": payment})
    assert "cash/cancel" not in (await guest.http.get(f"/t/{guest.table.code}")).text


async def test_who_sends_a_form_too_often_is_told_so_by_the_page(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    for _ in range(10):
        await post(guest, "/cash", {"pays": "nonsense"})
    answer = await post(guest, "/cash", {"pays": "mine"})
    assert (answer.status_code, answer.headers["location"][-16:]) == (303, "problem=too_many")


async def test_a_refusal_comes_back_as_a_word(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    await post(guest, "/cash", {"pays": "everything"})
    answer = await post(guest, "/cash", {"pays": "everything"})
    assert answer.headers["location"].startswith(f"/t/{guest.table.code}?problem=")


async def test_the_page_says_why_a_form_was_refused(house: House, guest: Guest) -> None:
    await guest.order(house.here)
    await post(guest, "/cash", {"pays": "everything"})
    answer = await post(guest, "/cash", {"pays": "everything"})
    page = await guest.http.get(answer.headers["location"])
    assert '<noscript><p class="banner"' in page.text
    assert any(sentence in page.text for sentence in forms.SENTENCES.values())


@pytest.mark.parametrize("written", ["<b>gotcha</b>", "gotcha", ""])
async def test_what_somebody_writes_into_the_address_is_not_repeated(guest: Guest, written: str) -> None:
    page = await guest.http.get(f"/t/{guest.table.code}", params={"problem": written})
    assert "gotcha" not in page.text
    assert forms.OTHERWISE in page.text


@pytest.mark.parametrize("code", forms.SENTENCES)
def test_only_codes_that_exist_have_a_sentence(code: str) -> None:
    assert code in CODES or code == ApprovalPending.code


async def test_a_page_without_a_refusal_has_no_room_for_one(guest: Guest) -> None:
    assert 'class="banner"' not in (await guest.http.get(f"/t/{guest.table.code}")).text


async def test_a_phone_that_has_no_seat_takes_one(house: House) -> None:
    first = await sit(house)
    await first.order(house.here)
    async with house.client() as phone:
        answer = await phone.post(f"/t/{first.table.code}/cash", data={"pays": "everything"})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/t/{first.table.code}")
        assert [name for name in phone.cookies if first.stream in name]
    assert len((await first.view())["guests"]) == 2


@pytest.mark.parametrize("form", [{"pays": "nonsense"}, {"line.": "on"}])
async def test_a_form_that_makes_no_sense_starts_nothing(house: House, guest: Guest, form: dict[str, str]) -> None:
    await guest.order(house.here)
    answer = await post(guest, "/cash", form)
    assert answer.status_code == 303
    assert "problem=" in answer.headers["location"]
    assert (await guest.view())["payments"] == {}


async def test_another_sites_form_is_refused(guest: Guest) -> None:
    answer = await guest.http.post(
        f"/t/{guest.table.code}/cash", data={"pays": "everything"}, headers={"origin": "https://evil.example"}
    )
    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_origin")


async def test_an_unknown_code_leads_back_to_its_page(house: House) -> None:
    async with house.client() as phone:
        answer = await phone.post("/t/nonsense/cash", data={"pays": "mine"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/t/nonsense?problem=unknown_code")
