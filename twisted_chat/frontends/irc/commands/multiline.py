"""
Messages of several lines (IRCv3 client-batch, draft/multiline): BATCH.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from twisted_chat.domain.errors import ChatError, TooLong
from twisted_chat.domain.units import SECONDS
from twisted_chat.frontends.irc.commands.command import Noun
from twisted_chat.frontends.irc.message import NO_TAGS, Message
from twisted_chat.frontends.irc.saying import Saying, deliver
from twisted_chat.frontends.irc.styles import plainLine
from twisted_chat.frontends.irc.talking import Words, readTarget, readWords, tagsOf
from twisted_chat.frontends.irc.talklines import CUTS
from twisted_chat.frontends.irc.targets import shown

if TYPE_CHECKING:
    from twisted_chat.frontends.irc.client import IrcClient

MULTILINE = Noun()

TYPE: Final = "draft/multiline"
CONCAT: Final = "draft/multiline-concat"


PATIENCE: Final = 30 * SECONDS
"""How long a batch may stay open."""

_REFERENCE: Final = re.compile(r"[A-Za-z0-9-]{1,64}").fullmatch
_ALLOWED: Final = frozenset({"batch", CONCAT})


@dataclass(slots=True)
class OpenBatch:
    """
    A message of several lines that a client is about to send.

    @ivar reference: what the client calls it.
    @ivar target: whom it is for, as the client spells it.
    @ivar tags: those that go on to others.
    @ivar label: that of the command that opened it, or C{""}.
    @ivar since: when that was, in the clock's seconds.
    @ivar command: C{PRIVMSG} or C{NOTICE}, as soon as there is a line; else C{""}.
    @ivar lines: the texts so far, each with whether it goes on with the one before.
    @ivar size: bytes of the text so far.
    @ivar failed: whether it was refused: what else comes of it is passed over in silence.
    """

    reference: str
    target: str
    tags: Mapping[str, str]
    label: str
    since: float
    command: str = ""
    lines: list[tuple[str, bool]] = field(default_factory=list)
    size: int = 0
    failed: bool = False


def isInBatch(client: IrcClient, message: Message) -> bool:
    """
    Whether a message belongs to a batch, or should.
    """
    batch = client.batch
    return "batch" in message.tags or (batch is not None and not batch.failed)


def _refuse(client: IrcClient, code: str, *context: str) -> None:
    """
    Refuse the open batch, as the answer to the command that opened it.
    """
    batch, label = client.batch, ""
    if batch is not None:
        batch.failed = True
        label, batch.label = batch.label, ""
    with client.replies.answering(label):
        client.fail("BATCH", code, *context)


def spoil(client: IrcClient) -> None:
    """
    A line came that can't be read. It may have been one of the open batch, which without it would
    be another message.
    """
    if client.batch is not None and not client.batch.failed:
        _refuse(client, "MULTILINE_INVALID", "A line of the batch could not be read")


@MULTILINE.command("BATCH", least=1)
def batch(client: IrcClient, message: Message) -> Awaitable[Any] | None:
    """
    Begin a message of several lines, or end it: BATCH +REFERENCE TYPE TARGET, BATCH -REFERENCE.
    """
    sign, reference = message.params[0][:1], message.params[0][1:]
    if sign == "+":
        _open(client, message, reference)
        return None
    open = client.batch
    if sign != "-" or open is None or open.reference != reference:
        _refuse(client, "MULTILINE_INVALID", "There is no such batch open")
        return None
    client.batch = None
    if open.failed:
        return None
    return _close(client, open)


def _open(client: IrcClient, message: Message, reference: str) -> None:
    kind = message.params[1] if len(message.params) > 1 else ""
    target = message.params[2] if len(message.params) > 2 else ""
    if client.batch is not None and not client.batch.failed:
        _refuse(client, "MULTILINE_INVALID", "There is a batch open already")
        return
    now = client.factory.clock.seconds()
    tags = tagsOf(client, message.tags)
    # Until it is known to be right.
    client.batch = OpenBatch(reference, target, tags, "", now, failed=True)
    if not _REFERENCE(reference):
        client.fail("BATCH", "INVALID_REFTAG", shown(reference), "Letters, digits and hyphens only")
    elif kind != TYPE or TYPE not in client.caps:
        client.fail("BATCH", "UNKNOWN_TYPE", reference, shown(kind), "There is no such batch here")
    elif not target or "," in target or "batch" in message.tags:
        client.fail("BATCH", "MULTILINE_INVALID", "A batch is for one target, and within no other")
    else:
        client.batch.failed = False
        client.batch.label = client.replies.postpone()


def addToBatch(client: IrcClient, message: Message) -> None:
    """
    Take a line of a batch.
    """
    open, reference = client.batch, message.tags.get("batch", "")
    if open is None or (open.failed and reference != open.reference):
        _refuse(client, "MULTILINE_INVALID", "There is no such batch open")
        return
    if open.failed:
        return
    target = message.params[0] if message.params else ""
    text = message.params[1] if len(message.params) > 1 else ""
    limits = client.facts.limits
    most, lines = limits.message, limits.lines
    goesOn = CONCAT in message.tags
    size = open.size + len(text.encode()) + (1 if open.lines and not goesOn else 0)
    if reference != open.reference or not message.tags.keys() <= _ALLOWED:
        _refuse(client, "MULTILINE_INVALID", "Only what belongs to the batch may come within it")
    elif target != open.target:
        between = (shown(open.target), shown(target))
        _refuse(client, "MULTILINE_INVALID_TARGET", *between, "The batch is for another target")
    elif open.command and message.command != open.command:
        _refuse(client, "MULTILINE_INVALID", "A batch is of PRIVMSG or of NOTICE")
    elif goesOn and not text:
        _refuse(client, "MULTILINE_INVALID", "A blank line can't go on with another")
    elif len(open.lines) >= lines:
        _refuse(client, "MULTILINE_MAX_LINES", str(lines), f"At most {lines} lines")
    elif size > most:
        _refuse(client, "MULTILINE_MAX_BYTES", str(most), f"At most {most} bytes")
    else:
        open.command, open.size = message.command, size
        open.lines.append((text, goesOn))


async def _close(client: IrcClient, open: OpenBatch) -> None:
    with client.replies.answering(open.label):
        if client.factory.clock.seconds() - open.since > PATIENCE:
            text = "The batch was left open for too long"
            client.fail("BATCH", "TIMEOUT", open.reference, text)
            return
        words, cuts = joined(open.lines)
        if words.empty:
            client.fail("BATCH", "MULTILINE_INVALID", "There is nothing in the batch to be shown")
            return
        pairs = ((CUTS, ",".join(map(str, cuts))),) if cuts else ()
        await _say(client, open, Saying(words, open.command == "NOTICE", open.tags, pairs))


async def _say(client: IrcClient, open: OpenBatch, saying: Saying) -> None:
    try:
        await deliver(client, readTarget(open.target), saying)
    except TooLong as refusal:
        most = str(client.facts.limits.message)
        client.fail("BATCH", "MULTILINE_MAX_BYTES", most, refusal.text)
    except ChatError as refusal:
        client.refuse(refusal, Message(NO_TAGS, "", open.command, (open.target,)))


def joined(lines: list[tuple[str, bool]]) -> tuple[Words, list[int]]:
    """
    @return: the message, and where its lines were cut, in characters.
    """
    parts: list[str] = []
    plain: list[str] = []
    cuts: list[int] = []
    length = 0
    for number, (line, goesOn) in enumerate(lines):
        if number and not goesOn:
            parts.append("\n")
            plain.append("\n")
            length += 1
        elif goesOn:
            # Where it will be when the formatting codes are gone.
            cuts.append(length)
        parts.append(line)
        plain.append(plainLine(line))
        length += len(plain[-1])
    words, whole = readWords("".join(parts)), "".join(plain)
    # Where a code was cut in two, or there is more to the text than words, it is not known.
    known = whole.startswith(words.text) and not whole[len(words.text) :].strip()
    return words, cuts if known else []
