"""One TensorBoard event out of its protobuf bytes: where its scalars are, and what else it says.

Only the few fields that matter are followed; images, histograms, audio and graphs are stepped over by
their length. Field numbers: tensorflow/core/util/event.proto, framework/summary.proto and tensor.proto.
"""

from __future__ import annotations

import struct

from lrlint.logs.protobuf import BYTES, FIXED32, FIXED64, VARINT, Buffer, MalformedError, fields, messages
from lrlint.namedtuples import NamedTuple
from lrlint.node import Node, anew

_SCALAR_PLUGINS = (b"", b"scalars")
# TensorProto.dtype -> how one element lies in the file
_DTYPES = {1: "<f4", 2: "<f8", 3: "<i4", 9: "<i8", 19: "<f2"}
_DTYPE_FIELDS = {1: 5, 2: 6}
_STRING_FIELD, _CONTENT_FIELD = 8, 4
_BLOBS = (4, 5, 6)


class Scalar(NamedTuple):
    """One scalar of an event: its tag, and where and how its number lies in the record's data."""

    tag: str
    at: int
    dtype: str


class Event(Node):
    """What one record says. Offsets count from the start of the record's data."""

    wall_time_at: int | None = None
    step: int = 0
    step_at: int | None = None
    scalars: list[Scalar] = anew(factory=list)
    has_summary: bool = False
    hyperparameters: dict[str, object] = anew(factory=dict)
    texts: dict[str, str] = anew(factory=dict)


def parse_event(data: Buffer, start: int, end: int) -> Event:
    """The event in `data[start:end]`.

    Raises MalformedError if it is no protobuf message.
    """
    event = Event()
    try:
        for number, kind, value, at in fields(data, start, end):
            if number == 1 and kind == FIXED64:
                event.wall_time_at = at - start
            elif number == 2 and kind == VARINT:
                event.step = value - (1 << 64) if value >> 63 else value
                event.step_at = at - start
            elif number == 5 and kind == BYTES:
                event.has_summary = True
                _parse_summary(data, at, at + value, start, event)
    except (IndexError, struct.error) as error:
        raise MalformedError("ends inside a field") from error
    return event


def _parse_summary(data: Buffer, start: int, end: int, origin: int, event: Event) -> None:
    for number, kind, length, at in fields(data, start, end):
        if number == 1 and kind == BYTES:
            _parse_value(data, at, at + length, origin, event)


def _parse_value(data: Buffer, start: int, end: int, origin: int, event: Event) -> None:
    tag: str | None = None
    scalar: tuple[int, str] | None = None
    tensor: tuple[int, int] | None = None
    plugin, content = b"", b""
    for number, kind, length, at in fields(data, start, end):
        if number == 1 and kind == BYTES:
            tag = bytes(data[at : at + length]).decode("utf-8", "replace")
        elif number == 2 and kind == FIXED32:
            scalar = (at, "<f4")
        elif number == 8 and kind == BYTES:
            tensor = (at, at + length)
            scalar = _tensor_scalar(data, *tensor)
        elif number == 9 and kind == BYTES:
            plugin, content = _plugin(data, at, at + length)
    if tag is None:
        return
    if plugin == b"hparams":
        event.hyperparameters.update(_session_hyperparameters(content))
    elif plugin == b"text" and tensor is not None:
        event.texts[tag] = _tensor_text(data, *tensor)
    elif scalar is not None and plugin in _SCALAR_PLUGINS:
        event.scalars.append(Scalar(tag, scalar[0] - origin, scalar[1]))


def _tensor_scalar(data: Buffer, start: int, end: int) -> tuple[int, str] | None:
    """Where the one number of a rank-0 tensor lies, or None for any other tensor."""
    dtype = 0
    found: dict[int, tuple[int, int]] = {}
    for number, kind, value, at in fields(data, start, end):
        if number == 1 and kind == VARINT:
            dtype = value
        elif number == 2 and kind == BYTES and value:
            return None
        elif kind == BYTES:
            found[number] = (at, value)
        elif number == 5 and kind == FIXED32:
            found[number] = (at, 4)
        elif number == 6 and kind == FIXED64:
            found[number] = (at, 8)
    layout = _DTYPES.get(dtype)
    if layout is None:
        return None
    place = found.get(_CONTENT_FIELD) or found.get(_DTYPE_FIELDS.get(dtype, -1))
    return (place[0], layout) if place and place[1] == int(layout[-1]) else None


def _tensor_text(data: Buffer, start: int, end: int) -> str:
    strings = [f for f in fields(data, start, end) if f.number == _STRING_FIELD and f.kind == BYTES]
    return "\n".join(bytes(data[f.at : f.at + f.value]).decode("utf-8", "replace") for f in strings)


def _plugin(data: Buffer, start: int, end: int) -> tuple[bytes, bytes]:
    name, content = b"", b""
    for outer in messages(data, start, end, 1):
        for number, kind, length, at in fields(data, *outer):
            if number == 1 and kind == BYTES:
                name = bytes(data[at : at + length])
            elif number == 2 and kind == BYTES:
                content = bytes(data[at : at + length])
    return name, content


def _session_hyperparameters(content: bytes) -> dict[str, object]:
    """The `hparams` map of HParamsPluginData.session_start_info (tensorboard/plugins/hparams)."""
    found: dict[str, object] = {}
    for session in messages(content, 0, len(content), 3):
        for entry in messages(content, *session, 1):
            key, value = "", None
            for number, kind, length, at in fields(content, *entry):
                if number == 1 and kind == BYTES:
                    key = content[at : at + length].decode("utf-8", "replace")
                elif number == 2 and kind == BYTES:
                    value = _struct_value(content, at, at + length)
            found[key] = value
    return found


def _struct_value(data: bytes, start: int, end: int) -> object:
    """A google.protobuf.Value that is a number, a string or a truth value; None for anything else."""
    for number, kind, value, at in fields(data, start, end):
        if number == 2 and kind == FIXED64:
            return float(struct.unpack_from("<d", data, at)[0])
        if number == 3 and kind == BYTES:
            return data[at : at + value].decode("utf-8", "replace")
        if number == 4 and kind == VARINT:
            return bool(value)
    return None


def is_blob(data: Buffer, start: int, end: int) -> bool:
    """Whether the event in `data[start:end]` is one that holds no scalar, judged by its outer fields alone.

    `data` may end early. True for graphs and other non-summaries, and for a summary of one value that is an
    image, a histogram or a sound.
    """
    try:
        number, summary = _last_field(data, start, end)
        if number != 5:
            return True
        only = next(fields(data, summary, end), None)
        if only is None or (only.number, only.kind) != (1, BYTES) or only.at + only.value != end:
            return False
        return _last_field(data, only.at, end)[0] in _BLOBS
    except (IndexError, MalformedError):
        return False


def _last_field(data: Buffer, start: int, end: int) -> tuple[int, int]:
    """The number and the payload's place of the field that ends with the message."""
    for number, kind, value, at in fields(data, start, end):
        if kind == BYTES and at + value == end:
            return number, at
    raise MalformedError("no field ends with the message")
