"""Messages by e-mail: text and HTML, over TLS wherever it leaves this machine."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html import escape
from urllib.parse import unquote, urlsplit

import aiosmtplib

from agents.monitoring.alerts import notices
from agents.monitoring.alerts.notices import Notice
from agents.monitoring.alerts.rules import Channel
from agents.monitoring.alerts.sending import PATIENCE, REASON, Outcome, without_secrets

PORTS = {"smtp": 587, "smtps": 465}
SUBJECT = 200
LOCAL = ("127.0.0.1", "::1", "localhost")
_TEMPORARY = range(400, 500)


async def send(channel: Channel, notice: Notice, *, identity: str) -> Outcome:
    """One attempt; `identity` is the message's own."""
    mail = message(channel, notice, identity=identity)
    parts = urlsplit(channel.address.reveal())
    local = parts.hostname in LOCAL
    smtp = aiosmtplib.SMTP(
        hostname=parts.hostname, port=parts.port or PORTS[parts.scheme], timeout=PATIENCE,
        use_tls=parts.scheme == "smtps",
        # Elsewhere, a server without STARTTLS gets neither password nor message.
        start_tls=None if local else parts.scheme == "smtp",
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )  # fmt: skip
    handed_over = False
    try:
        async with asyncio.timeout(PATIENCE):
            await smtp.connect()
            handed_over = True
            refused, _said = await smtp.send_message(
                mail, sender=channel.sender, recipients=list(channel.to)
            )
    except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
        return _failed(channel, error, handed_over=handed_over)
    finally:
        smtp.close()
    names = ", ".join(refused)
    return Outcome(result="sent", error=f"not taken for {names}" if names else "")


def _failed(channel: Channel, error: Exception, *, handed_over: bool) -> Outcome:
    said = str(error) or type(error).__name__
    if isinstance(error, aiosmtplib.SMTPResponseException):
        said = f"{error.code} {error.message}"
    why = notices.one_line(without_secrets(channel, said), REASON)
    if isinstance(error, TimeoutError):
        why = f"no answer within {PATIENCE:g} s"
    if not handed_over:
        return Outcome(result="again", error=why)
    match error:
        case aiosmtplib.SMTPRecipientsRefused():
            codes = [each.code for each in error.recipients]
            again = any(code in _TEMPORARY for code in codes)
            why = "; ".join(f"{each.code} {each.message}" for each in error.recipients)
            why = notices.one_line(without_secrets(channel, why), REASON)
            return Outcome(result="again" if again else "refused", error=why)
        case aiosmtplib.SMTPResponseException():
            again = error.code in _TEMPORARY
            return Outcome(result="again" if again else "refused", error=why)
    return Outcome(result="unknown", error=why)


def message(channel: Channel, notice: Notice, *, identity: str) -> EmailMessage:
    """The mail, the same for every attempt; nothing in it can begin another header."""
    subject = notices.one_line(notices.headline(notice), SUBJECT)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = channel.sender
    mail["To"] = ", ".join(channel.to)
    mail["Subject"] = _header(f"[Genesis] {subject}")
    mail["Date"] = format_datetime(datetime.fromtimestamp(notice.at, UTC))
    mail["Message-ID"] = f"<{identity}@genesis.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_sent(notices.plain(notice)))
    mail.add_alternative(html(notice), subtype="html")
    return mail


def html(notice: Notice) -> str:
    """The message as a page; nothing of it is anybody else's markup."""
    colour = f"#{notices.colour(notice):06x}"
    parts = [f'<h1 style="font-size:1.2em;color:{colour}">{_shown(notices.headline(notice))}</h1>']
    for one in notice.entries:
        parts.append(f'<h2 style="font-size:1em">{_shown(notices.heading(one))}</h2>')
        parts.append(f"<p>{_shown(notices.facts(one))}</p>")
        if one.detail:
            detail = _shown(notices.clip(one.detail, notices.DETAIL))
            parts.append(f'<pre style="white-space:pre-wrap">{detail}</pre>')
        if url := notices.safe_url(one.url):
            parts.append(f'<p><a href="{_shown(url)}">Open</a></p>')
    if notice.more:
        parts.append(f"<p>… and {notice.more} more</p>")
    return _sent(
        '<!doctype html><html><body style="font-family:sans-serif">'
        + "".join(parts)
        + "</body></html>"
    )


def _shown(text: str) -> str:
    return escape(notices.clip(text, 4000))


def _sent(text: str) -> str:
    """Text that UTF-8 can carry."""
    return text.encode("utf-8", "replace").decode()


def _header(text: str) -> str:
    return _sent("".join(one if one.isprintable() else " " for one in text))
