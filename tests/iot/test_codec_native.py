"""The native codec by a list of payloads; it grows by a line a bug."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.codecs import find_codecs
from iot.codecs.native import decode
from iot.rejections import REASONS, Rejected

NOW = 1_790_000_000_000


def one(payload: bytes) -> tuple[str, dict[str, Any], int | None]:
    decoded = decode(payload, NOW)
    assert decoded.rejected == []
    (raw,) = decoded.readings
    return raw.id, raw.values, raw.ts


TIMES = [
    ("1790000000", 1_790_000_000_000),
    ("1790000000.25", 1_790_000_000_250),
    ("1790000000123", 1_790_000_000_123),
    ("1.790000000123e12", 1_790_000_000_123),
    ('"2026-09-21T14:13:20Z"', 1_790_000_000_000),
    ('"2026-09-21T22:13:20+08:00"', 1_790_000_000_000),
    ('"2026-09-21 22:13:20.5+08:00"', 1_790_000_000_500),
    ('"20260921T141320Z"', 1_790_000_000_000),
    ("null", None),
]


@pytest.mark.parametrize(("ts", "expected"), TIMES)
def test_times(ts: str, expected: int | None) -> None:
    payload = f'{{"id": "c", "ts": {ts}, "values": {{"x": 1}}}}'.encode()
    assert one(payload) == ("c", {"x": 1.0}, expected)


def test_kinds_of_values_stay_what_they_are() -> None:
    payload = '{"id": "c", "values": {"a": 1, "b": true, "c": "开"}, "rssi": -90}'.encode()
    _, values, ts = one(payload)
    assert values == {"a": 1.0, "b": True, "c": "开"}
    assert [type(value) for value in values.values()] == [float, bool, str]
    assert ts is None


REFUSED = [
    (b"", "empty"),
    (b"  \n", "empty"),
    (b"[]", "empty"),
    (b"not json", "not_json"),
    (b'{"id": "c"', "not_json"),
    (b"[" * 100_000, "not_json"),
    (b'{"id": "\xff\xfe", "values": {"x": 1}}', "not_utf8"),
    (b'"text"', "wrong_type"),
    (b"17", "wrong_type"),
    (b"null", "wrong_type"),
    (b'{"values": {"x": 1}}', "missing_id"),
    (b'{"id": "", "values": {"x": 1}}', "missing_id"),
    (b'{"id": 3205070100200001, "values": {"x": 1}}', "wrong_type"),
    (b'{"id": "c"}', "missing_values"),
    (b'{"id": "c", "values": {}}', "missing_values"),
    (b'{"id": "c", "values": [1]}', "wrong_type"),
    (b'{"id": "c", "values": {"x": null}}', "wrong_type"),
    (b'{"id": "c", "values": {"x": {"y": 1}}}', "wrong_type"),
    (b'{"id": "c", "values": {"x": "a\\u0000b"}}', "wrong_type"),
    (b'{"id": "c", "values": {"x": "\\ud800"}}', "wrong_type"),
    (b'{"id": "c", "values": {"x": "' + b"x" * 300 + b'"}}', "wrong_type"),
    (b'{"id": "c", "values": {"x": NaN}}', "not_a_number"),
    (b'{"id": "c", "values": {"x": -Infinity}}', "not_a_number"),
    (b'{"id": "c", "values": {"x": 1e999}}', "not_a_number"),
    (b'{"id": "c", "values": {"x": ' + b"9" * 400 + b"}}", "not_a_number"),
    (b'{"id": "c", "ts": "2026-09-21T22:13:20", "values": {"x": 1}}', "bad_time"),
    (b'{"id": "c", "ts": "noon", "values": {"x": 1}}', "bad_time"),
    (b'{"id": "c", "ts": true, "values": {"x": 1}}', "bad_time"),
    (b'{"id": "c", "ts": {}, "values": {"x": 1}}', "bad_time"),
    (b'{"id": "c", "ts": 0, "values": {"x": 1}}', "bad_time"),
    (b'{"id": "c", "ts": -5, "values": {"x": 1}}', "bad_time"),
    (b'{"id": "c", "ts": 12345, "values": {"x": 1}}', "bad_time"),
    (b'{"id": "c", "ts": 1e300, "values": {"x": 1}}', "bad_time"),
    (b'{"id": "c", "ts": NaN, "values": {"x": 1}}', "bad_time"),
    (b'{"id": "c", "ts": 1' + b"0" * 400 + b', "values": {"x": 1}}', "bad_time"),
]


@pytest.mark.parametrize(("payload", "reason"), REFUSED, ids=range(len(REFUSED)))
def test_refused_by_name(payload: bytes, reason: str) -> None:
    try:
        decoded = decode(payload, NOW)
    except Rejected as refusal:
        found = [refusal]
    else:
        assert decoded.readings == []
        found = decoded.rejected
    assert [each.reason for each in found] == [reason]
    assert len(found[0].detail) > 20
    assert "{where}" not in found[0].detail


def test_bad_members_are_refused_and_good_ones_kept() -> None:
    members = [
        {"id": "a", "values": {"x": 1}},
        {"values": {"x": 1}},
        7,
        {"id": "b", "values": {"x": None, "y": 2}, "ts": NOW},
        {"id": "c", "ts": "yesterday", "values": {"x": 1}},
    ]
    decoded = decode(json.dumps(members).encode(), NOW)
    assert [(raw.id, raw.values, raw.ts) for raw in decoded.readings] == [
        ("a", {"x": 1.0}, None),
        ("b", {"y": 2.0}, NOW),
    ]
    assert [each.reason for each in decoded.rejected] == [
        "missing_id", "wrong_type", "wrong_type", "bad_time",
    ]  # fmt: skip
    assert "member 1" in decoded.rejected[0].detail
    assert "'x'" in decoded.rejected[2].detail


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_whatever_comes_is_read_or_refused(payload: bytes) -> None:
    try:
        decode(payload, NOW)
    except Rejected as refusal:
        assert refusal.reason in REASONS  # noqa: PT017 - any other exception fails the test


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@given(st.fixed_dictionaries({"id": json_values, "ts": json_values, "values": json_values}))
def test_both_ways_of_decoding_agree(member: dict[str, Any]) -> None:
    """Alone, and beside a bad one, which sends the array the slow way."""
    try:
        alone = decode(json.dumps(member).encode(), NOW)
    except Rejected as refusal:
        alone = type("Refused", (), {"readings": [], "rejected": [refusal]})()
    both = decode(json.dumps([member, 7]).encode(), NOW)
    assert both.readings == alone.readings
    assert [r.reason for r in both.rejected[:-1]] == [r.reason for r in alone.rejected]


def test_codecs_are_found() -> None:
    assert find_codecs()["readings"].name == "native"
