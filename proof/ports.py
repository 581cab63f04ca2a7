"""Ports that stay ours for a whole run, also while nobody listens on them."""

import secrets
import socket

from proof.processes import LOOPBACK

RANGE = range(20_000, 32_000)  # below those that the system gives to outgoing connections


class ReservedPorts:
    """Free TCP ports. As a sign to other runs that look for ports, the UDP ports of the same numbers are taken."""

    def __init__(self, count: int) -> None:
        """Choose and reserve ``count`` ports."""
        self._signs: list[socket.socket] = []
        self.numbers: list[int] = []
        while len(self.numbers) < count:
            self._try(secrets.choice(RANGE))

    def close(self) -> None:
        """Give them back."""
        for sign in self._signs:
            sign.close()

    def _try(self, port: int) -> None:
        sign = socket.socket(type=socket.SOCK_DGRAM)
        try:
            sign.bind((LOOPBACK, port))
            with socket.socket() as listener:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                listener.bind((LOOPBACK, port))
        except OSError:
            sign.close()
            return
        self._signs.append(sign)
        self.numbers.append(port)
