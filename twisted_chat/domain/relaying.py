"""
Relaying: saying what somebody said who is on another network.
"""

from __future__ import annotations

from msgspec.structs import replace

from twisted_chat.domain import rights
from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.errors import BadName
from twisted_chat.domain.events import Said
from twisted_chat.domain.names import MAX_NAME, cleanLine, fold, nameShown, personName
from twisted_chat.domain.profile import Profile
from twisted_chat.domain.roles import Role
from twisted_chat.domain.room import Room
from twisted_chat.domain.wording import Styles, Tags


def relayedName(text: str, separators: str) -> str:
    """
    What somebody on another network is called here.

    @param separators: characters that no name has; one of them has to be in it, so that it can't be
        anybody's here.
    @raise BadName: nobody can be called that; it says why.
    """
    name = cleanLine(text).strip()
    plain = "".join(each for each in name if each not in separators)
    if plain == name:
        why = f"it needs one of {separators} in it, since it is a relayed one"
        raise BadName(name=nameShown(name), why=why)
    if len(name) > MAX_NAME:
        raise BadName(name=nameShown(name), why=f"it is longer than {MAX_NAME} characters")
    personName(plain)
    fold(name)  # What separates may not stand beside every letter: see RFC 5893, section 2.
    return name


class Relaying(Profile):
    """
    What a session can say for others.
    """

    __slots__ = ()

    @asDeferred
    async def relay(
        self,
        room: Room,
        name: str,
        text: str,
        action: bool = False,
        replyTo: int = 0,
        *,
        meant: str = "",
        styles: Styles = (),
        tags: Tags = (),
    ) -> Said:
        """
        Say something that somebody has said on another network, under their name. Operators of a
        room may, and of the network.

        @param name: see L{relayedName}.
        @param action: see L{Talk.say<twisted_chat.domain.talk.Talk.say>}; likewise the others.
        """
        worded = self._worded(text, styles, tags) | {"action": action}
        if replyTo:
            worded |= await self._answered(room.id, replyTo, meant)

        def check() -> None:
            rights.require(room, self.personId, Role.OPERATOR)
            rights.mayAct(room, self.personId, self.subject, self.now)

        def kept() -> bool:
            return room.history != "none"

        author = replace(self.author, name=name, account="")
        return await self.publishIn(
            room,
            check,
            Said,
            renew=lambda said: replace(said, kept=kept()),
            author=author,
            kept=kept(),
            **worded,
        )
