import pytest
from pydantic import ValidationError

from app.web.shapes import DoCommand, GuestParts


@pytest.mark.parametrize("members", [{}, {"shares": 1, "amount": 2}])
def test_a_guest_names_either_shares_or_an_amount(members: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="either shares or amount"):
        GuestParts.model_validate(members)


def test_no_shares_at_all_is_a_choice() -> None:
    assert GuestParts(shares=0).shares == 0


@pytest.mark.parametrize("number", [0, -1, 2**53])
def test_a_command_number_is_one_that_every_client_can_count(number: int) -> None:
    with pytest.raises(ValidationError):
        DoCommand(cid="c", id=number, k="guest.leave")


@pytest.mark.parametrize("cid", ["", "a b", "x" * 65, "ü"])
def test_a_clients_id_is_short_and_plain(cid: str) -> None:
    with pytest.raises(ValidationError):
        DoCommand(cid=cid, id=1, k="guest.leave")
