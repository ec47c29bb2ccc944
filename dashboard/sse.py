"""The wire format of server-sent events (HTML Living Standard, section 9.2)."""

HEARTBEAT = b": alive\n\n"


def message(event: str, data: bytes, version: int | None = None) -> bytes:
    """Return one event as bytes; `version` becomes its id, which a browser sends back as Last-Event-ID.

    >>> message("frame", b'{"version": 7}', 7)
    b'id: 7\\nevent: frame\\ndata: {"version": 7}\\n\\n'
    """
    head = b"" if version is None else b"id: %d\n" % version
    return head + b"event: " + event.encode() + b"\n" + _data(data) + b"\n"


def retry(wait_ms: int) -> bytes:
    """Return the field that tells a browser how long to wait before it comes back."""
    return b"retry: %d\n\n" % wait_ms


def _data(data: bytes) -> bytes:
    if b"\n" not in data and b"\r" not in data:
        return b"data: " + data + b"\n"
    return b"".join(b"data: " + line + b"\n" for line in data.splitlines())
