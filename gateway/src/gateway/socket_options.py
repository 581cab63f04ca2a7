"""What the kernel is told about a client's connection."""

import asyncio
import socket
import struct

_MOST_UNSENT_BYTES = 128 << 10
_ON_WITHOUT_WAITING = struct.pack("ii", 1, 0)


def limit_unsent(transport: asyncio.BaseTransport) -> None:
    """Keep the kernel from taking megabytes of an answer that its client does not read.

    What is on its way does not count, so a fast client gets it as fast as ever.
    """
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        _set(transport, socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _MOST_UNSENT_BYTES)


def reset_when_closed(transport: asyncio.BaseTransport) -> None:
    """Have the connection reset, and what was not sent forgotten: else the kernel would go on trying for minutes."""
    _set(transport, socket.SOL_SOCKET, socket.SO_LINGER, _ON_WITHOUT_WAITING)


def _set(transport: asyncio.BaseTransport, level: int, option: int, value: int | bytes) -> None:
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.family in {socket.AF_INET, socket.AF_INET6}:
        connection.setsockopt(level, option, value)
