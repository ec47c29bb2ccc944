from kombu.transport.redis import Channel

from etl.schedule import configure


def test_a_worker_gives_nothing_back_over_a_connection_that_is_lost(settings, monkeypatch):
    monkeypatch.setattr(Channel, "do_restore", True)
    configure(settings, "redis://127.0.0.1:1/0", {})
    assert Channel.do_restore is False
