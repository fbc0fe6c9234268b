"""Bodies as error SDKs pack them, unpacked into a bounded number of bytes.

Errors:
    TooLarge      more would come out than was allowed; nothing beyond it was unpacked
    Undecodable   the bytes are not what their encoding says, or end too early
    LookupError   nobody here knows the encoding
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable

import brotli
import zstandard

STEP = 64 * 1024
"""Bytes that are unpacked at a time."""
WINDOW = 8 * 1024 * 1024
"""Bytes of history that a zstd body may ask for."""


class TooLarge(Exception):
    """More came out than was allowed."""


class Undecodable(Exception):
    """The bytes are not of their encoding."""


def unpack(encoding: str, data: bytes, most: int) -> bytes:
    """The bytes that were packed: at most `most`."""
    unpacker = UNPACKERS[encoding]
    try:
        return unpacker(data, most)
    except (zlib.error, brotli.error, zstandard.ZstdError, EOFError) as error:
        raise Undecodable(f"the body is no {encoding}: {error}") from None


class _Bounded:
    """What came out so far."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._size = 0
        self._pieces: list[bytes] = []

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._most:
            raise TooLarge(f"the body unpacks to more than {self._most} bytes")
        self._pieces.append(piece)

    def whole(self) -> bytes:
        return b"".join(self._pieces)


def _gzip(data: bytes, most: int) -> bytes:
    return _inflate(data, most, 16 + zlib.MAX_WBITS)


def _deflate(data: bytes, most: int) -> bytes:
    # HTTP's deflate is zlib's format, but some send it bare: RFC 1950's first two bytes tell.
    wrapped = data[:1] == b"\x78" and int.from_bytes(data[:2]) % 31 == 0
    return _inflate(data, most, zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)


def _inflate(data: bytes, most: int, window: int) -> bytes:
    out, left = _Bounded(most), data
    while left:
        inflater = zlib.decompressobj(window)
        while not inflater.eof:
            piece = inflater.decompress(left, STEP)
            left = inflater.unconsumed_tail
            if not piece and not left and not inflater.eof:
                raise EOFError("it ends too early")
            out.add(piece)
        left = inflater.unused_data
    return out.whole()


def _brotli(data: bytes, most: int) -> bytes:
    out, unpacker = _Bounded(most), brotli.Decompressor()
    out.add(unpacker.process(data, output_buffer_limit=STEP))
    while not unpacker.is_finished():
        if unpacker.can_accept_more_data():
            raise EOFError("it ends too early")
        out.add(unpacker.process(b"", output_buffer_limit=STEP))
    return out.whole()


def _zstd(data: bytes, most: int) -> bytes:
    out = _Bounded(most)
    unpacker = zstandard.ZstdDecompressor(max_window_size=WINDOW)
    with unpacker.stream_reader(io.BytesIO(data), read_across_frames=True) as reader:
        while piece := reader.read(STEP):
            out.add(piece)
    whole = out.whole()
    # The reader says nothing when a frame is cut off, but most frames say how long they are.
    if len(whole) < max(0, zstandard.frame_content_size(data)):
        raise EOFError("it ends too early")
    return whole


UNPACKERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip, "x-gzip": _gzip, "deflate": _deflate, "br": _brotli, "zstd": _zstd,
}  # fmt: skip
"""By the name in Content-Encoding."""
