"""The protobuf wire format: the fields of a message, without a schema and without the protobuf library."""

from __future__ import annotations

from collections.abc import Iterator

from lrlint.namedtuples import NamedTuple

Buffer = bytes | bytearray | memoryview

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class MalformedError(ValueError):
    """The bytes are no protobuf message."""


class Field(NamedTuple):
    """One field of a message. `value` is the number of a varint, or the length of a byte string at `at`."""

    number: int
    kind: int
    value: int
    at: int


def messages(data: Buffer, start: int, end: int, wanted: int) -> Iterator[tuple[int, int]]:
    """Where each field `wanted` that is a message or a string begins and ends."""
    for number, kind, length, at in fields(data, start, end):
        if number == wanted and kind == BYTES:
            yield at, at + length


def fields(data: Buffer, start: int, end: int) -> Iterator[Field]:
    """The fields of the message in `data[start:end]`.

    Raises MalformedError, or IndexError where the data ends early, if that is no message.
    """
    at = start
    while at < end:
        key, at = _varint(data, at)
        kind = key & 7
        if kind == BYTES:
            value, at = _varint(data, at)
            after = at + value
        elif kind == VARINT:
            value, after = _varint(data, at)
        elif kind in (FIXED64, FIXED32):
            value, after = 0, at + (8 if kind == FIXED64 else 4)
        else:
            raise MalformedError(f"wire type {kind}")
        if after > end:
            raise MalformedError("a field runs past its message")
        yield Field(key >> 3, kind, value, at)
        at = after


def _varint(data: Buffer, at: int) -> tuple[int, int]:
    byte = data[at]
    if byte < 0x80:
        return byte, at + 1
    value, shift = byte & 0x7F, 7
    while shift < 70:
        at += 1
        byte = data[at]
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at + 1
        shift += 7
    raise MalformedError("a varint of more than ten bytes")
