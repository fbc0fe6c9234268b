from __future__ import annotations

import pytest

from agents.monitoring.ingest.exchange import Memory, Request
from agents.monitoring.traffic.senders import sender
from tests.support.signals import DESKTOP, PHONE


def asked(peer: str, **headers: str) -> Request:
    async def receive() -> dict[str, object]:
        return {}

    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request("POST", "/api/event", b"", pairs, peer, receive, Memory())


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("198.51.100.1", "", "198.51.100.1"),
        ("127.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.7", " 2001:db8::1 , 10.0.0.8", "2001:db8::1"),
        ("::1", "203.0.113.5", "203.0.113.5"),
        # Whoever comes from afar says nothing of others, or could be as many as it likes.
        ("8.8.8.8", "203.0.113.5", "8.8.8.8"),
        ("127.0.0.1", "nonsense", "127.0.0.1"),
        ("", "203.0.113.5", ""),
    ],
)
def test_who_is_near_may_say_whose_request_it_passes_on(peer, forwarded, address):
    assert sender(asked(peer, x_forwarded_for=forwarded)).address == address


def test_a_sender_is_what_its_headers_say():
    phone = sender(asked("10.0.0.7", user_agent=PHONE, sec_gpc="1"))
    assert (phone.device, phone.is_program, phone.objects) == ("phone", False, True)
    desktop = sender(asked("10.0.0.7", user_agent=DESKTOP))
    assert (desktop.device, desktop.is_program, desktop.objects) == ("desktop", False, False)
    assert sender(asked("10.0.0.7")).is_program
