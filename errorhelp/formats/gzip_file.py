"""Gzip files (RFC 1952) that are alike but for their start: what follows is compressed once for all of them."""

import struct
import zlib
from dataclasses import dataclass
from typing import Self

# No name, no time, made nowhere in particular.
_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_LARGEST_STORED = 0xFFFF
# The polynomial of CRC-32 with its bits reversed: the highest one stands for x^0.
_POLYNOMIAL, _ONE, _X = 0xEDB88320, 1 << 31, 1 << 30


@dataclass(frozen=True, slots=True)
class GzipEnd:
    """The end of gzip files, compressed: `crc` and `size` are of what it was made of, `shift` moves a CRC past it."""

    packed: bytes
    crc: int
    size: int
    shift: int

    @classmethod
    def of(cls, end: bytes, level: int) -> Self:
        """The end compressed at one of zlib's levels."""
        compressing = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = compressing.compress(end) + compressing.flush()
        return cls(packed, zlib.crc32(end), len(end), _power_of_x(8 * len(end)))

    def behind(self, start: bytes) -> bytes:
        """The gzip file of `start` and the end; the start is stored in it as it is."""
        crc = _product(self.shift, zlib.crc32(start)) ^ self.crc
        size = len(start) + self.size & 0xFFFFFFFF
        return b"".join((_HEADER, *_stored(start), self.packed, struct.pack("<II", crc, size)))


def _stored(data: bytes) -> list[bytes]:
    """Blocks of deflate (RFC 1951, 3.2.4), behind which others follow."""
    pieces: list[bytes] = []
    for begin in range(0, len(data), _LARGEST_STORED):
        piece = data[begin : begin + _LARGEST_STORED]
        pieces += (struct.pack("<BHH", 0, len(piece), len(piece) ^ 0xFFFF), piece)
    return pieces


def _power_of_x(exponent: int) -> int:
    """x to that power, modulo the polynomial: what so many bits behind them make of the bits of a CRC."""
    power, square = _ONE, _X
    while exponent:
        if exponent & 1:
            power = _product(power, square)
        square = _product(square, square)
        exponent >>= 1
    return power


def _product(one: int, other: int) -> int:
    """Of two polynomials over GF(2), modulo that of the CRC."""
    product, bit = 0, _ONE
    while one:
        if one & bit:
            product ^= other
            one ^= bit
        other = other >> 1 ^ (_POLYNOMIAL if other & 1 else 0)
        bit >>= 1
    return product
