"""Ports and folders of one running program."""

import socket

import pytest

from dashboard import places


def test_a_taken_port_is_told_with_another_one_to_try():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(places.Taken) as caught:
            places.check_port("127.0.0.1", port)
    assert str(caught.value) == f"Port {port} on 127.0.0.1 is taken; choose another one, for example PORT={port + 1}."


def test_a_host_that_is_not_of_this_machine_is_told():
    with pytest.raises(places.Taken, match=r"^This program cannot listen on 192\.0\.2\.1:8050: .*\.$"):
        places.check_port("192.0.2.1", 8050)


def test_a_port_of_our_own_is_kept_while_it_is_free(tmp_path):
    memory = tmp_path / "simulator.port"
    first = places.own_port(memory)
    assert places.own_port(memory) == first
    with socket.create_server(("127.0.0.1", first)):
        assert places.own_port(memory) != first


def test_a_folder_is_free_again_after_its_program(tmp_path):
    with (
        places.only_one(tmp_path, "here"),
        pytest.raises(places.Taken, match="already runs"),
        places.only_one(tmp_path, "there"),
    ):
        pass
    with places.only_one(tmp_path, "there"):
        pass
