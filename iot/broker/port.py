"""Asking whether a port can be listened on, before anything is started on it."""

from __future__ import annotations

import errno
import socket

from iot.broker.errors import BrokerError, PortTakenError


def check_port(host: str, port: int, what: str) -> None:
    """Return when ``host``:``port`` is free. ``what`` says what wants it, e.g. ``"MQTT broker"``.

    Raises:
        PortTakenError: another program listens there.
        BrokerError: the address is not one of this machine's, or the port is not ours to take.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTakenError(
                f"{what}: port {port} on {host} is taken by another program; "
                "stop that program or choose another port"
            ) from error
        raise BrokerError(f"{what}: cannot listen on {host}:{port}: {error}") from error
