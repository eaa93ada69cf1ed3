"""
Settings that change while the server runs.

What a setting is used for knows how to change it: a row of L{Live} for each. A setting without a
row holds after a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from twisted_chat.config import Settings, rules

Prepare = Callable[[Settings], Callable[[], None]]


@dataclass(frozen=True, slots=True)
class Live:
    """
    Some settings that hold at once.

    @ivar paths: which: C{"limits.message"} ...
    @ivar prepare: given the new settings, does all of it that may fail, with a L{SettingsError
        <twisted_chat.settings.kinds.SettingsError>}, and gives what makes them hold, which does not
        fail.
    @ivar always: whether there is more to read again than the settings themselves.
    """

    paths: tuple[str, ...]
    prepare: Prepare
    always: bool = False


def assigned(target: object, **attributes: Callable[[Settings], Any]) -> Prepare:
    """
    @param attributes: by the name of an attribute, what its value is under some settings.
    @return: assigns them to C{target}.
    """

    def prepare(settings: Settings) -> Callable[[], None]:
        values = {name: find(settings) for name, find in attributes.items()}

        def assign() -> None:
            for name, value in values.items():
                setattr(target, name, value)

        return assign

    return prepare


@dataclass(frozen=True, slots=True)
class Reloaded:
    """
    What came of reading the settings again.

    @ivar changed: the paths of the settings that have changed and hold now.
    @ivar needRestart: of those that have changed and hold after a restart.
    """

    changed: tuple[str, ...]
    needRestart: tuple[str, ...]

    def lines(self) -> list[str]:
        """
        The same for people.
        """
        found = ["The settings are read again."]
        if self.changed:
            found.append(f"Changed: {', '.join(self.changed)}.")
        if self.needRestart:
            found.append(f"After a restart: {', '.join(self.needRestart)}.")
        return found


class Reload:
    """
    Reads settings again.

    @ivar settings: those that hold.
    """

    def __init__(
        self, settings: Settings, read: Callable[[], Settings], live: Sequence[Live]
    ) -> None:
        """
        @param settings: those that the server was started with.
        @param read: reads them again, from wherever they came.
        @param live: what can change while the server runs.
        """
        self.settings = settings
        self._read = read
        self._live = live

    def run(self) -> Reloaded:
        """
        Read them, and let those hold that can.

        @raise SettingsError: something is wrong with them; then nothing has changed.
        """
        wanted = self._read()
        differing = dict.fromkeys(differences(self.settings, wanted))
        rows = [
            row for row in self._live if row.always or not differing.keys().isdisjoint(row.paths)
        ]
        changes = [row.prepare(wanted) for row in rows]
        for change in changes:
            change()
        live = {path for row in rows for path in row.paths}
        changed = tuple(path for path in differing if path in live)
        self.settings = taking(self.settings, wanted, changed)
        return Reloaded(changed, tuple(path for path in differing if path not in changed))


def differences(old: Settings, new: Settings) -> Iterator[str]:
    """
    @return: the paths of the settings that are not the same.
    """
    for path, (one, _) in rules().items():
        table = path.partition(".")[0]
        if getattr(getattr(old, table), one.name) != getattr(getattr(new, table), one.name):
            yield path


def taking(old: Settings, new: Settings, paths: Sequence[str]) -> Settings:
    """
    @return: the old settings, but for some.
    """
    for path, (one, _) in rules().items():
        if path in paths:
            table = path.partition(".")[0]
            value = getattr(getattr(new, table), one.name)
            old = replace(old, **{table: replace(getattr(old, table), **{one.name: value})})
    return old
