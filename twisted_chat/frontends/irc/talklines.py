"""
How IRC clients read talk: messages, edits, deletions, reactions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from twisted_chat.domain.events import (
    Deleted,
    Edited,
    Event,
    Reacted,
    Restored,
    Said,
    Tagged,
    TagsKept,
    Targeted,
    Unreacted,
)
from twisted_chat.domain.roles import Role
from twisted_chat.domain.values import Author
from twisted_chat.frontends.irc.lines import SharedLines, channel, joinTags, nickOf, sourceOf
from twisted_chat.frontends.irc.message import CRLF, MOST_TEXT, cut, escape, spell
from twisted_chat.frontends.irc.modeletters import ROLE_PREFIXES
from twisted_chat.frontends.irc.styles import Span
from twisted_chat.frontends.irc.wrapping import within, wrapStyled
from twisted_chat.frontends.text import EDITED, deletedText

CUTS: Final = "draft/multiline-concat"
"""
The tag of a message in which it stands where the lines of the text were cut by the client that sent
it, in characters, with commas between: they are cut there again (multiline, "Fallback"). It goes to
no client as it is.
"""

RELAYED: Final = "draft/relaymsg"
"""
The tag of a message in which it stands who has relayed it for somebody elsewhere (RELAYMSG); it is
shown to clients that have the capability of that name.
"""

REPLY: Final = ("+reply", "+draft/reply")
"""What clients call a reply, and what most of them called it before it was agreed upon."""

CTCP: Final = "ctcp"
CTCP_REPLY: Final = "ctcp-reply"
"""
What one client asks another beside the talk, and the answer, as L{Tagged} has it. No client's own
tag is called that, since those begin with C{+}.
"""

NO_CTCP: Final = "no-ctcp"
"""
Stands among the capabilities of clients that want to be asked nothing in private by others (CTCP).
It is none that can be asked for: it is a mode.
"""

REACT: Final = "+draft/react"
UNREACT: Final = "+draft/unreact"

MOST_CLIENT_TAGS: Final = 4094
"""Bytes of client-only tags on one line (message-tags, "Size limit")."""

_ACTION: Final = "\x01ACTION "
_ACTION_END: Final = "\x01"
_CTCP_COMMANDS: Final = {CTCP: "PRIVMSG", CTCP_REPLY: "NOTICE"}
_KEY: Final = re.compile(r"\+[!-:<>-~]+").fullmatch

Pairs = Iterable[tuple[str, str]]
"""Client-only tags and their values."""


class TalkLines(SharedLines):
    """
    The spelling of talk.
    """

    __slots__ = ("_multiline", "_redacts")

    def __init__(self, caps: frozenset[str], server: str) -> None:
        super().__init__(caps, server)
        self._multiline = {"batch", "draft/multiline"} <= caps
        self._redacts = "draft/message-redaction" in caps

    def event_said(self, event: Said, place: str) -> bytes | None:
        """
        PRIVMSG or NOTICE, C{/me} as CTCP ACTION.
        """
        if not event.text:
            # It was deleted, and is read from the log: there is nothing to show.
            return None
        target = self.target(event, place)
        if event.atLeast:
            target = self._statusTarget(event.atLeast, target)
        tags = self._clientTags(event.tags, event.meant or event.replyId) if self.tagged else ""
        if event.tags:
            tags = self._relayed(event, tags)
        message = Message(self, event, event.author, target, tags, event.notice, event.action)
        # Nearly all: one short line.
        text = event.text
        most = len(text) if text.isascii() else len(text) * 4
        if most <= message.room and not (event.styles or event.tags or "\n" in text):
            return message.line(message.tags, text)
        return message.spell(text, event.styles, _cuts(event))

    def _relayed(self, event: Said, clientTags: str) -> str:
        """
        @return: tags, with that of the one who relayed a message for somebody elsewhere.
        """
        by = dict(event.tags).get(RELAYED, "") if RELAYED in self.caps else ""
        return ";".join(filter(None, (f"{RELAYED}={escape(by)}" if by else "", clientTags)))

    def event_edited(self, event: Edited, place: str) -> bytes | None:
        """
        For who can redact: the first message redacted, and the new text as a reply to it, so that
        even clients that only hide what is redacted show one text. Others, who can't change what
        they have shown, read the new text as a message of its author's with a mark behind it: that
        is how people on IRC put things right by hand. Numbers are shown to nobody there.
        """
        target = self.target(event, place)
        tags = self._clientTags((), event.targetId) if self.tagged else ""
        message = Message(self, event, event.author, target, tags, event.notice, event.action)
        if not event.text:
            # It was deleted since, and is read from the log.
            return None
        if not (self._redacts and event.targetId):
            return message.spell(event.text + EDITED)
        redacted = self._redaction(event, target, EDITED.strip(" ()"))
        return redacted + (message.spell(event.text) or b"")

    def event_deleted(self, event: Deleted, place: str) -> bytes | None:
        """
        REDACT. Others read a notice of who has done it, but not a hundred where an operator deletes
        all that somebody wrote. With the topic that a channel has, it loses its topic.
        """
        target = self.target(event, place)
        none = self._topic(event, place, "") if event.current else b""
        if self._redacts and event.targetId:
            return self._redaction(event, target, event.reason) + none
        if event.act or event.wordless or none:
            return none or None
        # Clients show a private notice where its source talks; and some, one of the server's to a
        # channel in their window for the server, as if it were about nothing.
        source = sourceOf(event.author, self.server)
        return self.notices(event, target, deletedText(event), source)

    def event_restored(self, event: Restored, place: str) -> bytes | None:
        """
        The text once more, from the one who said it, as a reply to the redacted message. Others
        were told nothing when it went: see L{event_deleted}. Of a topic, TOPIC.
        """
        if event.topic:
            return self._topic(event, place, event.text, event.id) if event.current else None
        if not (self._redacts and event.text):
            return None
        author = event.targetAuthor or event.author
        target = self.target(event, place)
        if not place and event.peer is not None and event.peer.id == author.id:
            target = nickOf(event.author.name)
        tags = self._clientTags((), event.targetId)
        message = Message(self, event, author, target, tags, event.notice, event.action)
        return message.spell(event.text)

    def _topic(self, event: Event, place: str, text: str, id: str = "") -> bytes:
        tags = joinTags(self.serverTags(event, event.author, id))
        return tags + spell("TOPIC", (channel(place), text), sourceOf(event.author, self.server))

    def _redaction(self, event: Targeted, target: str, reason: str) -> bytes:
        # Whoever was there has the newest edit before them; whoever came later, the present text
        # under the first id. Without a msgid: that one belongs to the new text of an edit.
        tags = joinTags(self.serverTags(event, event.author))
        source = sourceOf(event.author, self.server)
        why = (reason,) if reason else ()
        ids = [id for id in (event.targetId, event.shown) if id]
        return b"".join([tags + spell("REDACT", (target, id, *why), source) for id in ids])

    def event_reacted(self, event: Reacted, place: str) -> bytes | None:
        """
        TAGMSG. Others are not told: reactions are many and say little.
        """
        return self._reaction(event, place, REACT)

    def event_unreacted(self, event: Unreacted, place: str) -> bytes | None:
        """
        TAGMSG, likewise; and REDACT, where a reaction was meant by its id.
        """
        # What a reaction was that is gone from the log is not known.
        unreacted = self._reaction(event, place, UNREACT) if event.emoji else None
        if not (self._redacts and event.reaction):
            return unreacted
        tags = joinTags(self.serverTags(event, event.author))
        params = (self.target(event, place), event.reaction)
        redacted = tags + spell("REDACT", params, sourceOf(event.author, self.server))
        return redacted + (unreacted or b"")

    def _reaction(self, event: Reacted | Unreacted, place: str, tag: str) -> bytes | None:
        """
        All tags as the client has sent them; and those of the drafts, which most clients know.
        """
        answered = event.meant or event.targetId
        tags = self._clientTags([(tag, event.emoji), *event.tags], answered)
        return self._tagMessage(event, self.target(event, place), tags)

    def event_tagged(self, event: Tagged, place: str) -> bytes | None:
        """
        TAGMSG, for clients that understand tags; CTCP.
        """
        target = self.target(event, place)
        if event.atLeast:
            target = self._statusTarget(event.atLeast, target)
        tags = self._clientTags(event.tags)
        for key, value in event.tags:
            if key in _CTCP_COMMANDS:
                if NO_CTCP in self.caps and not place:
                    return None
                return self._ctcp(event, target, tags, _CTCP_COMMANDS[key], value)
        return self._tagMessage(event, target, tags)

    def event_tagsKept(self, event: TagsKept, place: str) -> bytes | None:
        """
        TAGMSG likewise.
        """
        return self._tagMessage(event, self.target(event, place), self._clientTags(event.tags))

    def _ctcp(self, event: Event, target: str, clientTags: str, command: str, text: str) -> bytes:
        head = f":{sourceOf(event.author, self.server)} {command} {target} :\x01".encode()
        tags = self.serverTags(event, event.author, event.id)
        said = cut(text.encode("utf-8", "replace"), MOST_TEXT - len(head) - 1)
        before = joinTags(tags, clientTags if self.tagged else "")
        return b"%b%b%b\x01\r\n" % (before, head, said)

    def _tagMessage(self, event: Event, target: str, clientTags: str) -> bytes | None:
        if not (self.tagged and clientTags):
            return None
        tags = joinTags(self.serverTags(event, event.author, event.id), clientTags)
        return tags + spell("TAGMSG", (target,), sourceOf(event.author, self.server))

    def _statusTarget(self, atLeast: int, target: str) -> str:
        return ROLE_PREFIXES.get(Role(atLeast), "") + target

    def _clientTags(self, pairs: Pairs, replyId: str = "") -> str:
        """
        Client-only tags as they stand in a line, as many as may be there.

        @param replyId: the id of the message that is answered, or C{""}.
        """
        if not (pairs or replyId):
            return ""
        tags = {key: value for key, value in pairs if _KEY(key)}
        if replyId:
            for key in REPLY:
                tags.setdefault(key, replyId)
        parts: list[str] = []
        size = -1
        for key, value in tags.items():
            part = f"{key}={escape(value)}" if value else key
            size += 1 + len(part.encode("utf-8", "replace"))
            if size > MOST_CLIENT_TAGS:
                break
            parts.append(part)
        return ";".join(parts)


class Message:
    """
    A message on its way into lines.

    @ivar room: bytes of text that fit into one line.
    @ivar tags: those of the first line.
    """

    __slots__ = (
        "_action", "_batches", "_clientTags", "_event", "_head", "_laterTags", "_source", "_target",
        "room", "tags",
    )  # fmt: skip

    def __init__(
        self,
        format: TalkLines,
        event: Event,
        author: Author,
        target: str,
        clientTags: str,
        notice: bool = False,
        action: bool = False,
    ) -> None:
        """
        @param author: as whom it is shown.
        """
        command = "NOTICE" if notice else "PRIVMSG"
        self._source = f":{sourceOf(author, format.server)} "
        self._head = f"{self._source}{command} {target} :".encode()
        self._event = event
        self._target = target
        self._action = action
        self.room = MOST_TEXT - len(self._head)
        if action:
            self.room -= len(_ACTION) + len(_ACTION_END)
        # An action of several lines is one for each: of a batch clients would see one CTCP message
        # that is broken.
        self._batches = format._multiline and not action
        self.tags = joinTags(format.serverTags(event, author, event.id), clientTags)
        self._laterTags = (format.serverTags(event, author), clientTags)

    def line(self, tags: bytes, text: str) -> bytes:
        """
        One line.

        @param tags: with the space behind them.
        @param text: fits into it.
        """
        if self._action:
            text = f"{_ACTION}{text}{_ACTION_END}"
        return b"%b%b%b\r\n" % (tags, self._head, text.encode("utf-8", "replace"))

    def spell(
        self, text: str, styles: tuple[Span, ...] = (), cuts: Sequence[int] = ()
    ) -> bytes | None:
        """
        As many lines as the text needs; a batch for those who have them.

        @param cuts: where else lines are cut, in characters from the beginning.
        @return: C{None} if there is nothing to be seen.
        """
        pieces = list(self._pieces(text, styles, cuts))
        if len(pieces) > 1 and self._batches:
            return self._batch(pieces)
        # Blank lines are only for those who have batches.
        shown = [piece for piece, _ in pieces if piece.strip()]
        if not shown:
            return None
        first = self.line(self.tags, shown[0])
        if len(shown) == 1:
            return first
        later = joinTags(*self._laterTags)
        return first + b"".join([self.line(later, piece) for piece in shown[1:]])

    def _pieces(
        self, text: str, styles: tuple[Span, ...], cuts: Sequence[int]
    ) -> Iterable[tuple[str, bool]]:
        """
        @return: what stands on each line, and whether it goes on with the line before.
        """
        start = 0
        for line in text.split("\n"):
            end = start + len(line)
            bounds = [start, *(cut for cut in cuts if start < cut < end), end]
            goesOn = False
            for first, last in pairwise(bounds):
                spans = within(styles, first, last) if styles else ()
                for piece in wrapStyled(text[first:last], spans, self.room):
                    yield piece, goesOn
                    goesOn = True
            start = end + 1

    def _batch(self, pieces: Iterable[tuple[str, bool]]) -> bytes:
        """
        A draft/multiline batch. All its lines come from the author, so that it is known whose they
        are. Its reference is the event's id, which is no other's on any connection.
        """
        source, id = self._source, self._event.id
        begin = f"{source}BATCH +{id} draft/multiline {self._target}".encode()
        inside = f"@batch={id} ".encode()
        goingOn = f"@batch={id};draft/multiline-concat ".encode()
        lines = [self.line(goingOn if goesOn else inside, piece) for piece, goesOn in pieces]
        end = f"{source}BATCH -{id}".encode()
        return b"".join([self.tags, begin, CRLF, *lines, end, CRLF])


def _cuts(event: Said) -> list[int]:
    """
    @return: where the text was cut by the client that sent it, see L{CUTS}; nowhere, if it is
        another text by now.
    """
    if event.edited:
        return []
    for key, value in event.tags:
        if key == CUTS:
            return sorted({int(cut) for cut in value.split(",") if cut.isdecimal()})
    return []
