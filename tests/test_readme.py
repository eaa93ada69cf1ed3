"""
What the documents say about the program is what the program is.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from twisted_chat import config
from twisted_chat.domain.rates import PATIENCE
from twisted_chat.frontends.commands.table import TABLE
from twisted_chat.storage.sqlite import READERS
from twisted_chat.storage.sqlite_open import CACHE

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")

COMMAND_LINES = (
    "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/twistd -n chat --port 5000",
    "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest",
)
"""All the set-up there is."""

TOP = 15
"""So many lines are the top of a document."""

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])

_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
_FENCED = re.compile(r"^(?:    [^\n]*|```.*?^```)$", re.MULTILINE | re.DOTALL)
_SETTING = re.compile(r"`([a-z]+\.[a-z_]+)`")
_COMMAND = re.compile(r"`/([a-z]+)[^`]*`")


def prose(document: Path) -> str:
    """
    @return: a document without its blocks of code.
    """
    return _FENCED.sub("", document.read_text(encoding="utf-8"))


def anyOf(document: Path) -> str:
    """
    @return: how a document is called in the name of a test.
    """
    return document.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("command", COMMAND_LINES)
def test_theTopOfTheReadmeHasTheCommandLineInABlockOfItsOwn(command: str) -> None:
    top = README.splitlines()[:TOP]
    assert f"    {command}" in top
    at = top.index(f"    {command}")
    assert (top[at - 1], top[at + 1]) == ("", "")


def test_theReadmeHasTheTableOfCommandsAsItIs() -> None:
    found = re.findall("<!-- commands -->\n(.*?)<!-- /commands -->", README, re.DOTALL)
    assert found == [TABLE.markdown()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=anyOf)
def test_everyLinkToAFileLeadsToOne(document: Path) -> None:
    links = [link for link in _LINK.findall(prose(document)) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=anyOf)
def test_everySettingThatIsNamedExists(document: Path) -> None:
    known, tables = config.rules(), config.tables()
    named = [name for name in _SETTING.findall(prose(document)) if name.split(".")[0] in tables]
    assert [name for name in named if name not in known] == []


@pytest.mark.parametrize("document", [ROOT / "docs" / "talking.md"], ids=anyOf)
def test_everyCommandThatIsExplainedExists(document: Path) -> None:
    named = _COMMAND.findall(prose(document))
    assert named
    first = {name.partition(" ")[0] for name in TABLE.commands}
    assert [name for name in named if name not in first] == []


OF_OPERATING = ("entry", "trusted", "rates", "irc")
"""The tables of settings of which nobody should learn from the generated example alone."""


def test_whoRunsAServerReadsOfEverySettingThatSaysWhoMayDoHowMuch() -> None:
    named = set(_SETTING.findall(prose(ROOT / "docs" / "operating.md")))
    wanted = {path for path in config.rules() if path.split(".")[0] in OF_OPERATING}
    assert wanted - named == set()


STATED = (
    f"goes on after it was told {PATIENCE} times to wait",
    f"{CACHE // 1024} MiB of page cache for each of {1 + READERS} database connections",
)
"""Amounts that no setting changes, as whoever runs a server reads of them."""


@pytest.mark.parametrize("stated", STATED)
def test_whoRunsAServerReadsTheAmountsThatThereAre(stated: str) -> None:
    assert stated in " ".join(prose(ROOT / "docs" / "operating.md").split())
