"""
Settings of who may come in, and of how long things are kept.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from twisted_chat.config import example, load
from twisted_chat.domain.units import DAYS, HOURS
from twisted_chat.live import networkTerms
from twisted_chat.settings.kinds import SettingsError
from twisted_chat.settings.words import LONGEST_LINE, MOST_LINES


def written(tmp_path: Path, text: str) -> Path:
    """
    @return: a file of settings.
    """
    path = tmp_path / "chat.toml"
    path.write_text(text)
    return path


def test_byDefaultAnybodyComesInAndEverythingIsKept() -> None:
    terms = networkTerms(load())
    assert (terms.entry, terms.password, terms.register) == ("open", "", "open")
    assert (terms.keep, terms.topic, terms.rules) == (0.0, "", "")
    assert terms.operatorsRoom == "operators"
    assert terms.isTrusted("127.0.0.1")
    assert not terms.isTrusted("192.0.2.7")


def test_theTermsAreWhatIsSet(tmp_path: Path) -> None:
    settings = load(
        written(
            tmp_path,
            '[entry]\nmode = "password"\npassword = "open sesame"\nregister = "invitation"\n'
            '[network]\ntopic = "cake"\nrules = "Be kind.\\nNo spam."\nkeep = "90 days"\n'
            'operators_room = "#bridge"\n',
        )
    )
    terms = networkTerms(settings)
    assert (terms.entry, terms.password, terms.register) == (
        "password", "open sesame", "invitation"
    )  # fmt: skip
    assert (terms.topic, terms.rules) == ("cake", "Be kind.\nNo spam.")
    assert (terms.keep, terms.operatorsRoom) == (90 * DAYS, "bridge")
    assert "sesame" not in repr(settings) + repr(terms)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[entry]\nmode = "closed"', "entry.mode: must be"),
        ("[entry]\nmode = true", "entry.mode: must be"),
        ('[entry]\nregister = "never"', "entry.register: must be"),
        ('[entry]\nmode = "password"', "entry.password: is needed"),
        ('[network]\nkeep = "a while"', "network.keep: must be a duration"),
        ('[network]\nkeep = "5 min"', "network.keep: must be at least 1 h"),
        ("[network]\nkeep = true", "network.keep: must be a duration"),
        ('[network]\noperators_room = "no,commas"', "network.operators_room: "),
        ('[network]\noperators_room = "Lobby"', "network.operators_room: must not be"),
    ],
)
def test_aWrongOneIsToldInOneLineWithItsPath(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(written(tmp_path, text))
    assert str(caught.value).startswith(told)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("secret", ["12345678", '"tab\\tsesame"'])
def test_aWrongPasswordOfTheNetworkIsNotShownInTheError(tmp_path: Path, secret: str) -> None:
    with pytest.raises(SettingsError) as caught:
        load(written(tmp_path, f"[entry]\npassword = {secret}"))
    assert str(caught.value).startswith("entry.password: ")
    assert "sesame" not in str(caught.value)
    assert "1234" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "seconds"), [('"for ever"', 0), ('"2 h"', 2 * HOURS), ("7200", 2 * HOURS)]
)
def test_howLongThingsAreKeptIsADurationOrForEver(
    tmp_path: Path, text: str, seconds: float
) -> None:
    settings = load(written(tmp_path, f"[network]\nkeep = {text}"))
    assert settings.network.keep == seconds


@pytest.mark.parametrize("path", ["network.welcome", "network.rules"])
def test_whatEverybodyReadsHasSoManyLinesAndNoMore(path: str) -> None:
    """
    Of so many characters each, whatever they are; a line end at the end begins no line.
    """
    line = "é" * LONGEST_LINE
    most = "\n".join([line] * MOST_LINES) + "\n"
    assert load(None, {path: most}).network in (
        replace(load().network, welcome=most),
        replace(load().network, rules=most),
    )
    for text, told in (
        (most + "\n", f"{path}: must have at most 100 lines, not 101"),
        (f"Be kind.\n{line}é", f"{path}: must have at most 400 characters in a line, not 401 "),
    ):
        with pytest.raises(SettingsError) as caught:
            load(None, {path: text})
        assert str(caught.value).startswith(told)
        assert len(str(caught.value).splitlines()) == 1
    assert str(caught.value).endswith(" as in line 2")


@pytest.mark.parametrize(
    ("path", "most"),
    [("network.name", 64), ("network.topic", 400), ("irc.admin", 200), ("irc.icon", 200)],
)
def test_whatIsShownInOneLineHasSoManyCharactersAndNoMore(path: str, most: int) -> None:
    load(None, {path: "é" * most})
    with pytest.raises(SettingsError) as caught:
        load(None, {path: "é" * (most + 1)})
    told = f"{path}: must have at most {most} characters, not {most + 1}"
    assert str(caught.value).startswith(told)
    assert f"at most {most} characters" in example()


def test_theExampleTellsHowLongTheyMayBe() -> None:
    told = f": at most {MOST_LINES} lines of {LONGEST_LINE} characters. Empty: none.\n#"
    assert f"{told}welcome = " in example()
    assert f"{told}rules = " in example()


def test_theLongestWelcomeAndRulesFitIntoWhatMayWaitForAClient() -> None:
    """
    On IRC both come at once, in characters of four bytes at the most, and each piece has a prefix.
    """
    bytesOfAll = 2 * MOST_LINES * LONGEST_LINE * 4
    assert 1.5 * bytesOfAll < load().limits.sendQueue
