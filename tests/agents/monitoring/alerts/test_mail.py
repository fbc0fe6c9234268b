"""Mail over TLS to a real server: only where its certificate can be checked."""

from __future__ import annotations

import datetime as dt

import pytest
from aiosmtpd.controller import Controller

from agents.monitoring.alerts import smtp
from tests.support.alerting import channel, notice
from tests.support.certificates import signed
from tests.support.processes import free_port


class Kept:
    """Whom a server took mail for."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  aiosmtpd's name
        self.mails.append(envelope.rcpt_tos)
        return "250 kept"


@pytest.mark.parametrize("trusted", [True, False])
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_mail_goes_over_tls_to_whom_it_is_for_and_to_nobody_else(
    monkeypatch, tmp_path, scheme, trusted
):
    # Here, every server is one that is elsewhere.
    monkeypatch.setattr(smtp, "LOCAL", ())
    certificate = signed("127.0.0.1", dt.timedelta(days=1))
    if trusted:
        file = tmp_path / "authority.pem"
        file.write_text(certificate.certificate)
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    kept, port = Kept(), free_port()
    # Neither takes anything that does not come over TLS.
    tls = {"tls_context": certificate.context(), "require_starttls": True}
    if scheme == "smtps":
        tls = {"ssl_context": certificate.context()}
    controller = Controller(kept, hostname="127.0.0.1", port=port, **tls)
    controller.start()
    try:
        to = channel(
            "email", f"{scheme}://127.0.0.1:{port}", to=("ops@example.com",),
            sender="genesis@example.com",
        )  # fmt: skip
        outcome = await smtp.send(to, notice(), identity="m1")
    finally:
        controller.stop()
    if trusted:
        assert (outcome.result, kept.mails) == ("sent", [["ops@example.com"]])
    else:
        assert (outcome.result, kept.mails) == ("again", [])
        assert "ertificate" in outcome.error
