"""A file as a stream of UTF-8 bytes, whatever its encoding and packing, with the count of what was read."""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from etl.connectors.errors import FeedError

UNREADABLE_FILE = (OSError, EOFError, zlib.error)
# What stands for bytes that are not text: a lone surrogate is never valid UTF-8, so it is found again later.
_MARK = "\udcff"
# A JSON parser does not let that pass, so there a character stands for it that no text may hold (U+FDD0).
JSON_MARK = "\ufdd0"
codecs.register_error("lone_surrogate", lambda error: (_MARK, _end(error)))
_BOMS = ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def _end(error: UnicodeError) -> int:
    return error.end if isinstance(error, UnicodeDecodeError) else 0


class Source(io.RawIOBase):
    """Read a file as UTF-8; bytes that the encoding does not know become bytes that UTF-8 does not know.

    With `for_json` these become JSON_MARK instead. `tail` follows the last byte.
    """

    def __init__(self, raw: io.FileIO, path: Path, encoding: str, tail: bytes = b"", for_json: bool = False):
        first = raw.read(4)
        raw.seek(0)
        packed = first.startswith(b"\x1f\x8b")
        self._raw = raw
        self._unpacked: gzip.GzipFile | io.FileIO = gzip.GzipFile(fileobj=raw) if packed else raw
        self._begun, self._ended = False, False
        self._tail = tail
        self._for_json = for_json
        self.total_bytes = path.stat().st_size
        plain = _plain(encoding, path, _first(path) if packed else first)
        self._decoder = None
        if for_json or plain != "utf-8":
            self._decoder = codecs.getincrementaldecoder(plain)("lone_surrogate")

    @property
    def read_bytes(self) -> int:
        """Tell how many bytes of the file, as it lies there, were read so far."""
        return self.total_bytes if self._raw.closed else min(self._raw.tell(), self.total_bytes)

    def readable(self) -> bool:
        """Tell that this stream can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return about `size` bytes of UTF-8, less only at the end: no mark, no blank lines before the first."""
        parts: list[bytes] = []
        while not self._ended and (size < 0 or sum(map(len, parts)) < size):
            data = self._unpacked.read(size - sum(map(len, parts)) if size >= 0 else -1)
            self._ended = not data
            text = self._utf8(data, final=not data)
            if not self._begun:
                text = text.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")
                self._begun = bool(text)
            parts.append(text + (self._tail if self._ended else b""))
        return b"".join(parts)

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill the buffer, for readers that bring their own."""
        data = self.read(len(buffer) // 4 if self._decoder else len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _utf8(self, data: bytes, final: bool) -> bytes:
        if self._decoder is None:
            return data
        text = self._decoder.decode(data, final)
        if self._for_json:
            text = text.replace(_MARK, JSON_MARK)
        return text.encode("utf-8", "surrogatepass")


def _plain(encoding: str, path: Path, first: bytes) -> str:
    """Return the encoding to read with: utf-8 for both its forms; FeedError if the file's mark says another."""
    encoding = "utf-8" if encoding in ("utf-8", "utf-8-sig", "ascii") else encoding
    for bom, name in _BOMS:
        if first.startswith(bom) and encoding == "utf-8":
            raise FeedError(path, "connector.encoding", f'the file begins as {name}: say encoding = "{name}"')
    return encoding


def _first(path: Path) -> bytes:
    """Return the first bytes of a packed file."""
    try:
        with gzip.open(path) as stream:
            return stream.read(4)
    except UNREADABLE_FILE as error:
        raise FeedError(path, "", "is packed with gzip, and broken") from error


@contextmanager
def opened(path: Path, encoding: str, tail: bytes = b"", for_json: bool = False) -> Iterator[Source]:
    """Open a file, packed with gzip or not, as UTF-8; FeedError if it is not there."""
    try:
        raw = io.FileIO(path)
    except OSError as error:
        raise FeedError(path, "", f"cannot be read: {error.strerror}") from error
    with raw:
        yield Source(raw, path, encoding, tail, for_json)
