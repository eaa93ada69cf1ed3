"""
What people have set for themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

from twisted.internet.defer import Deferred, succeed

from twisted_chat.domain.coroutines import asDeferred
from twisted_chat.domain.delivery import NOTHING
from twisted_chat.domain.orders import PREFERENCES
from twisted_chat.domain.sparing import Sparing
from twisted_chat.domain.sparse import NONE_YET
from twisted_chat.domain.unawaited import toLog


def merged(before: Mapping[str, object], changes: Mapping[str, object]) -> dict[str, object]:
    """
    Change some of what is set, and what is within it, and leave the rest: JSON Merge Patch
    (RFC 7396). So two connections of one person do not overwrite what the other has set.

    @param changes: C{None} takes back what it stands for.
    """
    after = dict(before)
    for key, value in changes.items():
        if isinstance(value, Mapping):
            old = after.get(key)
            value = merged(old if isinstance(old, Mapping) else {}, value) or None
        after.pop(key, None)
        if value is not None:
            after[key] = value
    return after


class Preferences(Sparing):
    """
    What a session can set for its person.

    @ivar preferences: what this person has set for themselves; see L{Account
        <twisted_chat.domain.records.Account>}.
    """

    __slots__ = ("_ignoredNames", "preferences")

    preferences: dict[str, object]
    _ignoredNames: dict[str, str]

    def adopt(self, preferences: Mapping[str, object]) -> None:
        """
        Take over what somebody has set for themselves.
        """
        self.preferences = dict(preferences)
        self.quiet = bool(self.preferences.get("quiet"))
        ignored = self.preferences.get("ignored")
        # Nearly always there is nothing to look at, and to look takes its time.
        names = ignored if ignored and isinstance(ignored, Mapping) else NONE_YET
        self._ignoredNames = {str(key): str(name) for key, name in names.items()} or NONE_YET
        self.ignored = frozenset(self._ignoredNames) or NOTHING

    def setPreference(self, key: str, value: object) -> Deferred[None]:
        """
        Keep something that this person has set for themselves: for ever, or as long as a guest is
        here.

        @param value: C{None} takes it back; a mapping changes no more than the entries in it.
        """
        saved: Deferred[None] = succeed(None)
        if self.account is not None:
            saved = self.hub.store.changeAccount(self.account.id, preferences={key: value})
        # What is not saved does not hold either.
        return saved.addCallback(self._prefer, key, value)

    def remember(self, key: str, value: object) -> None:
        """
        The same for what the person did not ask to have kept: nobody waits for it, or is told that
        it was not saved.
        """
        if self.account is None:
            self._prefer(None, key, value)
        else:
            saving = self.setPreference(key, value)
            saving.addErrback(toLog(self._log, "{key} of {who} was not saved", key=key, who=self))

    def _prefer(self, _: None, key: str, value: object) -> None:
        self.preferences = merged(self.preferences, {key: value})

    @asDeferred
    async def setForAll(self, key: str, value: object) -> None:
        """
        The same, and have it hold on this person's other connections from now on.
        """
        await self.setPreference(key, value)
        if self.account is not None:
            await self.hub.orders.insist(self.official, PREFERENCES, self.account.id)
