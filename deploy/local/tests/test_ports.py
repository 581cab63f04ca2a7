"""Ports that others have."""

import socket

import pytest

from quire_local.layout import CannotStartError
from quire_local.ports import free_port, refuse_taken_ports
from quire_local.settings import read_settings


@pytest.fixture
def taken_port():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def settings_with(layout, taken_port):
    return read_settings(layout, {"SHELF_PORT": str(taken_port), "GATEWAY_PORT": str(free_port(20_000))})


def test_a_taken_port_is_named_with_its_setting(layout, taken_port):
    with pytest.raises(CannotStartError) as refused:
        refuse_taken_ports(layout, settings_with(layout, taken_port))
    assert str(refused.value) == (
        f"Port {taken_port}, wanted for shelf-service, is taken by another program; "
        f"set another one with SHELF_PORT, for example: SHELF_PORT={taken_port + 100} make up"
    )


def test_a_port_that_all_addresses_share_is_taken_too(layout):
    with socket.socket() as other:
        other.bind(("0.0.0.0", 0))  # noqa: S104 - the point of this test
        other.listen()
        with pytest.raises(CannotStartError, match="is taken by another program"):
            refuse_taken_ports(layout, settings_with(layout, other.getsockname()[1]))


def test_a_port_with_an_old_connection_is_free(layout):
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)), listening.accept()[0]:
            pass  # the end that closes first keeps the port for a minute, in TIME_WAIT
    refuse_taken_ports(layout, settings_with(layout, port))


def test_an_address_of_another_machine_is_named(layout):
    settings = read_settings(layout, {"QUIRE_HOST": "192.0.2.1", "SHELF_PORT": "20001", "GATEWAY_PORT": "20002"})
    with pytest.raises(
        CannotStartError, match=r"because 192\.0\.2\.1 \(QUIRE_HOST\) is not an address of this machine"
    ):
        refuse_taken_ports(layout, settings)


def test_the_next_free_port_is_found(taken_port):
    assert free_port(taken_port) > taken_port
