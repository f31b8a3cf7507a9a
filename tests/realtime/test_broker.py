import pytest
from hypothesis import given
from hypothesis import strategies as st

from realtime.broker import Kind, Message, decode, encode

messages = st.builds(
    Message,
    st.sampled_from(Kind),
    st.text(max_size=200),
    st.text(max_size=50),
    st.integers(0, 2**64 - 1),
    st.binary(max_size=500),
)


@given(messages)
def test_a_message_survives_the_bus(message: Message) -> None:
    assert decode(encode(message)) == message


@given(st.binary(max_size=60))
def test_bytes_that_are_no_message_are_a_value_error_or_a_message(data: bytes) -> None:
    try:
        message = decode(data)
    except ValueError:
        return
    assert encode(message) == data


def test_a_message_that_is_cut_short_is_refused() -> None:
    data = encode(Message(Kind.EVENT, "room", "epoch", 5, b""))
    with pytest.raises(ValueError, match="cut short"):
        decode(data[:-1])


def test_the_body_is_carried_as_it_is() -> None:
    assert encode(Message(Kind.EVENT, "r", "e", 1, b'{"t":"ev"}')).endswith(b'{"t":"ev"}')
