import pytest

from app.storage.sealing import Sealer, Unsealable

OLD, NEW = "an old key of thirty-two characters", "a new key of thirty-two characters!"
ROW = ("guest_names.name", "g1")


def test_a_text_opens_where_it_was_sealed_and_does_not_say_what_it_is() -> None:
    sealer = Sealer((OLD,))
    sealed = sealer.seal("Ana Núñez", *ROW)
    assert sealer.open(sealed, *ROW) == "Ana Núñez"
    assert "Ana" not in sealed
    assert sealed != sealer.seal("Ana Núñez", *ROW)


@pytest.mark.parametrize("elsewhere", [("guest_names.name", "g2"), ("contacts.name", "g1")])
def test_a_value_moved_to_another_row_or_column_does_not_open(elsewhere: tuple[str, str]) -> None:
    sealer = Sealer((OLD,))
    with pytest.raises(Unsealable):
        sealer.open(sealer.seal("Ana", *ROW), *elsewhere)
    with pytest.raises(Unsealable):
        sealer.open_bytes(sealer.seal_bytes(b"{}", *ROW), *elsewhere)


@pytest.mark.parametrize("place", [15, 30, -1])
def test_a_changed_value_does_not_open(place: int) -> None:
    sealer = Sealer((OLD,))
    sealed = list(sealer.seal("Ana", *ROW))
    sealed[place] = "A" if sealed[place] != "A" else "B"
    with pytest.raises(Unsealable):
        sealer.open("".join(sealed), *ROW)


def test_while_keys_rotate_the_new_one_seals_and_both_open() -> None:
    sealed = Sealer((OLD,)).seal("Ana", *ROW)
    rotating = Sealer((NEW, OLD))
    assert rotating.open(sealed, *ROW) == "Ana"
    assert not sealed.startswith(rotating.prefix)
    anew = rotating.seal("Ana", *ROW)
    assert anew.startswith(rotating.prefix)
    assert Sealer((NEW,)).open(anew, *ROW) == "Ana"
    with pytest.raises(Unsealable):
        Sealer((NEW,)).open(sealed, *ROW)


def test_a_text_from_before_sealing_reads_as_it_is() -> None:
    assert Sealer((OLD,)).open("Ana", *ROW) == "Ana"
    assert Sealer((OLD,)).open("s1.", *ROW) == "s1."


def test_bytes_are_sealed_too() -> None:
    sealed = Sealer((OLD,)).seal_bytes(b'{"email":"ana@example.com"}', *ROW)
    assert b"ana@" not in sealed
    assert Sealer((NEW, OLD)).open_bytes(sealed, *ROW) == b'{"email":"ana@example.com"}'
    with pytest.raises(Unsealable):
        Sealer((NEW,)).open_bytes(sealed, *ROW)
    with pytest.raises(Unsealable):
        Sealer((OLD,)).open_bytes(b"never sealed", *ROW)


def test_a_fingerprint_is_the_same_for_the_same_value_under_one_key_alone() -> None:
    assert Sealer((OLD,)).fingerprint("fp_1") == Sealer((OLD, NEW)).fingerprint("fp_1")
    assert (
        len({Sealer((OLD,)).fingerprint(one) for one in ("fp_1", "fp_2")} | {Sealer((NEW,)).fingerprint("fp_1")}) == 3
    )
