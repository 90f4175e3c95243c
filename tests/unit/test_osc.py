"""Our bytes against python-osc's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pythonosc import osc_bundle_builder
from pythonosc.osc_message_builder import OscMessageBuilder
from pythonosc.osc_packet import OscPacket

from bridge.sinks.osc import (
    DatagramTemplate,
    Hole,
    Message,
    encode_bundle,
    encode_message,
)

text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40)
single = st.floats(width=32, allow_nan=False)
int32 = st.integers(-(2**31), 2**31 - 1)
arguments = st.lists(st.one_of(text, single, int32), max_size=12)


def oracle(address: str, values: list[str | int | float]) -> bytes:
    builder = OscMessageBuilder(address)
    for value in values:
        kind = {str: "s", int: "i", float: "f"}[type(value)]
        builder.add_arg(value, kind)
    return builder.build().dgram


def oracle_bundle(messages: list[tuple[str, list[str | int | float]]]) -> bytes:
    bundle = osc_bundle_builder.OscBundleBuilder(osc_bundle_builder.IMMEDIATELY)
    for address, values in messages:
        builder = OscMessageBuilder(address)
        for value in values:
            builder.add_arg(value, {str: "s", int: "i", float: "f"}[type(value)])
        bundle.add_content(builder.build())
    return bundle.build().dgram


@given(arguments)
def test_any_message_equals_python_osc(values: list[str | int | float]) -> None:
    message = Message("/VMC/Ext/Any", tuple(values))
    assert encode_message(message) == oracle("/VMC/Ext/Any", values)


@given(st.lists(arguments, min_size=1, max_size=5))
def test_any_bundle_equals_python_osc(all_values: list[list[str | int | float]]) -> None:
    ours = encode_bundle(encode_message(Message("/a", tuple(values))) for values in all_values)
    assert ours == oracle_bundle([("/a", values) for values in all_values])


@given(
    st.lists(single, min_size=3, max_size=3),
    st.lists(int32, min_size=2, max_size=2),
    st.sampled_from([None, 60, 96, 200]),
    st.booleans(),
)
def test_filled_template_equals_python_osc(
    floats: list[float], integers: list[int], limit: int | None, bundled: bool
) -> None:
    template = DatagramTemplate(
        [
            Message("/one", (Hole.INT, "fixed", Hole.FLOAT)),
            Message("/two", (Hole.FLOAT, 7, Hole.INT)),
            Message("/three/without"),
            Message("/four", (1.5, Hole.FLOAT)),
        ],
        bundled=bundled,
        limit_bytes=limit,
    )
    datagrams = template.fill(np.array(floats, np.float32), np.array(integers, np.int32))
    expected = [
        ("/one", [integers[0], "fixed", floats[0]]),
        ("/two", [floats[1], 7, integers[1]]),
        ("/three/without", []),
        ("/four", [1.5, floats[2]]),
    ]
    if not bundled:
        assert [bytes(d) for d in datagrams] == [oracle(*message) for message in expected]
        return
    sent: list[tuple[str, list]] = []
    for datagram in datagrams:
        taken = [(m.message.address, m.message.params) for m in OscPacket(bytes(datagram)).messages]
        part = expected[len(sent) : len(sent) + len(taken)]
        assert bytes(datagram) == oracle_bundle(part)
        assert limit is None or len(datagram) <= limit or len(taken) == 1
        sent += taken
    assert [address for address, _ in sent] == [address for address, _ in expected]


def test_filling_again_leaves_nothing_of_the_first_numbers() -> None:
    template = DatagramTemplate([Message("/x", (Hole.FLOAT, Hole.INT))])
    numbers = np.array([1.25], np.float32), np.array([-3], np.int32)
    first = bytes(template.fill(*numbers)[0])
    template.fill(np.array([9.0], np.float32), np.array([9], np.int32))
    assert bytes(template.fill(*numbers)[0]) == first
    assert template.datagram_sizes == (len(first),)


@pytest.mark.parametrize("count", [0, 2])
def test_a_wrong_number_of_floats_is_refused(count: int) -> None:
    template = DatagramTemplate([Message("/x", (Hole.FLOAT, Hole.FLOAT, Hole.FLOAT))])
    with pytest.raises(ValueError, match="shape mismatch"):
        template.fill(np.zeros(count, np.float32), np.zeros(0, np.int32))
