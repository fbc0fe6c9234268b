"""`genesis deadletters`: messages that could not be handled, and why."""

from __future__ import annotations

from cyclopts import App

from coordinator.cli.output import CliError, Exit, ago, dump, say
from coordinator.cli.session import session

app = App(name="deadletters", help="Messages that could not be handled: look, and send again.")


@app.command(name="list")
async def list_(*, json: bool = False) -> int:
    """List dead letters, oldest first."""
    async with session() as (_, bus):
        letters = await bus.dead_letters()
    if json:
        dump([_summary(letter.number, letter.subject, letter.reason) for letter in letters])
    elif not letters:
        say("No dead letters.")
    for letter in [] if json else letters:
        say(f"{letter.number:>4}  {letter.subject}  {ago(letter.time)}: {letter.reason}")
    return Exit.DONE


@app.command
async def show(number: int, /, *, json: bool = False) -> int:
    """Show one dead letter with its body."""
    async with session() as (_, bus):
        letters = [letter for letter in await bus.dead_letters() if letter.number == number]
    if not letters:
        raise CliError(f"there is no dead letter {number}", hint="see `genesis deadletters list`")
    letter = letters[0]
    body = letter.body.decode("utf-8", "backslashreplace")
    if json:
        dump({**_summary(number, letter.subject, letter.reason), "body": body})
    else:
        say(f"dead letter {number}\nsubject  {letter.subject}\nreason   {letter.reason}\n\n{body}")
    return Exit.DONE


@app.command
async def replay(number: int, /) -> int:
    """Send a dead letter again to where it came from, and forget it."""
    from bus.errors import Reject  # noqa: PLC0415

    async with session() as (_, bus):
        try:
            await bus.replay(number)
        except Reject as error:
            raise CliError(str(error)) from None
    say(f"Dead letter {number} was sent again.")
    return Exit.DONE


def _summary(number: int, subject: str, reason: str) -> dict[str, object]:
    return {"number": number, "subject": subject, "reason": reason}
