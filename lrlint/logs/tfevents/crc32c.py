"""CRC-32C (Castagnoli, RFC 3720) as TFRecord uses it, for single records and for whole columns of bytes.

The checksum is linear over GF(2): the checksum of a record is the XOR of what each byte contributes, and a
byte contributes by its value and its distance from the end alone. `contribution` gives that as a table, so
that records that differ in a few bytes are checked without reading the others.
"""

from __future__ import annotations

import struct

import numpy as np
from numpy.typing import NDArray

_POLYNOMIAL = 0x82F63B78
_MASK_DELTA = 0xA282EAD8
_LENGTH = struct.Struct("<Q")
_MOST_HEADERS = 1 << 16


def _byte_table() -> NDArray[np.uint32]:
    table = np.arange(256, dtype=np.uint32)
    for _ in range(8):
        table = np.where(table & 1, (table >> np.uint32(1)) ^ np.uint32(_POLYNOMIAL), table >> np.uint32(1))
    return table


_TABLE = _byte_table()
_TABLE_LIST: list[int] = _TABLE.tolist()


def masked_crc(data: bytes | bytearray | memoryview) -> int:
    """The checksum of `data` as a TFRecord stores it: rotated right by 15 bits plus a constant."""
    crc = 0xFFFFFFFF
    table = _TABLE_LIST
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & 0xFFFFFFFF


class _HeaderCrcs(dict[int, int]):
    """The stored checksum of the 8 length bytes, by length; a dict because looking them up is the inner loop."""

    def __missing__(self, length: int) -> int:
        if len(self) >= _MOST_HEADERS:
            self.clear()
        crc = self[length] = masked_crc(_LENGTH.pack(length))
        return crc


header_crc = _HeaderCrcs().__getitem__
"""The stored checksum of the length bytes of a record with so many bytes of data."""


def linear(stored: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """A column of stored checksums less the constant of the mask: what is left is linear, but rotated."""
    return stored - np.uint32(_MASK_DELTA)


def _rotated(crc: NDArray[np.uint32], bits: int) -> NDArray[np.uint32]:
    return (crc >> np.uint32(bits)) | (crc << np.uint32(32 - bits))


_contributions = [_rotated(_TABLE, 15)]


def contribution(distance: int) -> NDArray[np.uint32]:
    """What a byte adds to the linear checksum, by its value (256,), when `distance` bytes follow it."""
    while len(_contributions) <= distance:
        last = _rotated(_contributions[-1], 17)
        _contributions.append(_rotated((last >> np.uint32(8)) ^ _TABLE[last & np.uint32(0xFF)], 15))
    return _contributions[distance]
