"""
L{twisted_chat.reload}: what changes while the server runs, what does not, and that a mistake
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

import pytest

from twisted_chat.config import Settings, load
from twisted_chat.reload import Live, Reload, Reloaded, assigned
from twisted_chat.settings.kinds import SettingsError


class File:
    """
    Settings that somebody edits.
    """

    def __init__(self, **given: object) -> None:
        self.given: dict[str, object] = given

    def __call__(self) -> Settings:
        return load(None, self.given)


@pytest.fixture
def file() -> File:
    """
    One in which nothing is set.
    """
    return File()


def message(settings: Settings) -> int:
    """
    @return: the setting C{limits.message}.
    """
    return settings.limits.message


def test_whatHasARowHoldsAtOnceAndTheRestIsNamed(file: File) -> None:
    hub = SimpleNamespace(message=2000)
    reload = Reload(file(), file, [Live(("limits.message",), assigned(hub, message=message))])
    file.given = {"limits.message": 10, "listen.port": "5005", "network.name": "other"}
    assert reload.run() == Reloaded(("limits.message",), ("network.name", "listen.port"))
    assert hub.message == 10


def test_whatNeedsARestartIsNamedAgainAndAgainAndWhatHoldsIsNot(file: File) -> None:
    reload = Reload(file(), file, [Live(("limits.message",), assigned(SimpleNamespace()))])
    file.given = {"limits.message": 10, "listen.port": "5005"}
    reload.run()
    assert reload.run() == Reloaded((), ("listen.port",))
    assert (reload.settings.limits.message, reload.settings.listen.port) == (10, ("5000",))
    file.given = {"limits.message": 10}
    assert reload.run() == Reloaded((), ())


def test_onlyWhatHasChangedIsTouched(file: File) -> None:
    hub = SimpleNamespace(message="untouched")
    reload = Reload(file(), file, [Live(("limits.message",), assigned(hub, message=message))])
    file.given = {"limits.line": 600}
    reload.run()
    assert hub.message == "untouched"


def refuse(settings: Settings) -> Callable[[], None]:
    """
    A row that can't be prepared.
    """
    raise SettingsError("tls.cert", "is broken")


def test_whatIsReadAgainInAnyCaseIsReadThoughNoSettingHasChanged(file: File) -> None:
    read: list[str] = []
    row = Live(("tls.cert",), lambda settings: lambda: read.append("read"), always=True)
    reload = Reload(file(), file, [row])
    assert reload.run() == Reloaded((), ())
    assert read == ["read"]


def test_aMistakeAnywhereChangesNothing(file: File) -> None:
    hub = SimpleNamespace(message=2000)
    row = Live(("limits.message",), assigned(hub, message=message))
    reload = Reload(file(), file, [row, Live(("tls.cert",), refuse, always=True)])
    file.given = {"limits.message": 10}
    before = reload.settings
    with pytest.raises(SettingsError, match=r"^tls\.cert: is broken$"):
        reload.run()
    file.given = {"limits.massage": 10}
    with pytest.raises(SettingsError, match="no such setting"):
        reload.run()
    assert hub.message == 2000
    assert reload.settings is before


def test_whatCameOfItIsToldInSentences() -> None:
    assert Reloaded((), ()).lines() == ["The settings are read again."]
    assert Reloaded(("a.b", "c.d"), ("e.f",)).lines()[1:] == [
        "Changed: a.b, c.d.",
        "After a restart: e.f.",
    ]
