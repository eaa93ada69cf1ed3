"""
The arrows between the parts, and the marks of the house.
"""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest

import twisted_chat
from twisted_chat.domain import session
from twisted_chat.domain.events import KINDS

ROOT = Path(twisted_chat.__file__).parent
PACKAGE = "twisted_chat"
FILES = sorted(ROOT.rglob("*.py"))

STDLIB = sys.stdlib_module_names - {"time", "asyncio", "socket", "selectors", "sqlite3"}

PURE = {"msgspec", "precis_i18n", "confusable_homoglyphs", "scramp"}
"""Libraries that only turn values into values."""

DOMAIN_TWISTED = {
    "twisted.cred",
    "twisted.internet.defer",
    "twisted.internet.interfaces",
    "twisted.internet.task",
    "twisted.logger",
    "twisted.python.failure",
}

DATABASES = {"sqlalchemy", "alembic", "msgspec", "sqlite3", "psycopg"}

WIRES = {
    "line": {"days", "line", "linelogin", "lineformat", "telnet", "typed", "visit"},
    "irc": {"irc"},
    "web": {"web"},
    "ssh": {"ssh"},
}
"""By wire, the files and folders of the front ends that belong to it alone."""

CLOCK = "steadytimers.py"
"""Makes the clock that all others are given."""

TODAY = {"now", "utcnow", "today"}
"""What of a date tells the time."""

MOST_LINES = 400
LONG: dict[str, int] = {}
"""Files that may be longer, and how long."""

NOT_ONLY_A_DOCSTRING = {"storage/migrations/__init__.py"}
"""Alembic wants its environment and its versions in one package."""

MEANINGLESS = re.compile(r"util|manager|handler|helper|processor|engine|common", re.IGNORECASE)


def name(file: Path) -> str:
    """
    @return: the path within the package.
    """
    return file.relative_to(ROOT).as_posix()


def tree(file: Path) -> ast.Module:
    """
    @return: a file, parsed.
    """
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def imports(file: Path) -> list[str]:
    """
    @return: what a file imports, wherever in it, as dotted names: C{a.b.c} for C{from a.b import c}
        too.
    """
    found: list[str] = []
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name(file)}: imports are absolute"
            found += (f"{node.module}.{alias.name}" for alias in node.names)
    return found


def within(imported: str, allowed: set[str] | frozenset[str]) -> bool:
    """
    @return: whether something is one of some modules, or in one.
    """
    return any(imported == one or imported.startswith(one + ".") for one in allowed)


ALLOWED: dict[str, set[str]] = {
    "domain": {"zope.interface", f"{PACKAGE}.domain", *PURE, *DOMAIN_TWISTED},
    "storage": {
        "zope.interface",
        f"{PACKAGE}.domain",
        f"{PACKAGE}.storage",
        *DATABASES,
        *DOMAIN_TWISTED,
    },
    "network": {
        "zope.interface",
        f"{PACKAGE}.domain",
        f"{PACKAGE}.network",
        "redis",
        "msgspec",
        *DOMAIN_TWISTED,
    },
    "frontends": {
        "zope.interface",
        "wcwidth",
        "msgspec",
        "scramp",
        "twisted",
        f"{PACKAGE}.domain",
        f"{PACKAGE}.frontends",
    },
}
"""What the files of each part may import, besides the standard library."""


@pytest.mark.parametrize("part", ALLOWED)
def test_eachPartKnowsOnlyWhatItMayKnow(part: str) -> None:
    files = [file for file in FILES if name(file).startswith(part + "/")]
    assert files
    wrong = [
        f"{name(file)} imports {imported}"
        for file in files
        for imported in imports(file)
        if imported.partition(".")[0] not in STDLIB and not within(imported, ALLOWED[part])
    ]
    assert wrong == []


def test_noFrontEndKnowsAnother() -> None:
    owner = {module: wire for wire, modules in WIRES.items() for module in modules}
    wrong = []
    for file in FILES:
        if not name(file).startswith("frontends/"):
            continue
        mine = owner.get(name(file).split("/")[1].removesuffix(".py"))
        for imported in imports(file):
            if imported.startswith(f"{PACKAGE}.frontends."):
                theirs = owner.get(imported.split(".")[2])
                if theirs is not None and theirs != mine:
                    wrong.append(f"{name(file)} imports {imported}")
    assert wrong == []


def test_nobodyButTapKnowsTheReactorAndNobodyTheTime() -> None:
    wrong = [
        f"{name(file)} imports {imported}"
        for file in FILES
        for imported in imports(file)
        if (within(imported, {"time"}) and name(file) != CLOCK)
        or (within(imported, {"twisted.internet.reactor"}) and name(file) != "tap.py")
    ]
    # No module of its own, but a method of what everybody may import.
    wrong += [
        f"{name(file)}:{node.lineno} asks for the time"
        for file in FILES
        if any(within(imported, {"datetime"}) for imported in imports(file))
        for node in ast.walk(tree(file))
        if isinstance(node, ast.Attribute)
        and node.attr in TODAY
        and getattr(node.value, "id", getattr(node.value, "attr", "")) in ("datetime", "date")
    ]
    assert wrong == []


def test_nobodyAsksWhatKindOfEventOrWireItIs() -> None:
    kinds = {
        node.name
        for file in ("logged", "passing")
        for node in tree(ROOT / f"domain/{file}.py").body
        if isinstance(node, ast.ClassDef) and _isEvent(node)
    }
    assert "Said" in kinds
    wrong = []
    for file in FILES:
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "isinstance":
                names = {n.id for n in ast.walk(node.args[1]) if isinstance(n, ast.Name)}
                # An assertion tells a type checker what is so; it decides nothing.
                if names & kinds and not _asserted(file, node):
                    wrong.append(f"{name(file)}:{node.lineno} asks for {names & kinds}")
    assert wrong == []


def _isEvent(node: ast.ClassDef) -> bool:
    return any(
        isinstance(base, ast.Name) and base.id in ("Event", "Targeted") for base in node.bases
    )


def _asserted(file: Path, node: ast.Call) -> bool:
    return any(
        isinstance(statement, ast.Assert) and node.lineno == statement.lineno
        for statement in ast.walk(tree(file))
    )


@pytest.mark.parametrize("file", FILES, ids=name)
def test_noFileIsLong(file: Path) -> None:
    lines = len(file.read_text(encoding="utf-8").splitlines())
    assert lines <= LONG.get(name(file), MOST_LINES)


def test_namesSaySomething() -> None:
    names = {name(file) for file in FILES}
    for file in FILES:
        for node in ast.walk(tree(file)):
            if isinstance(node, ast.ClassDef):
                names.add(f"{name(file)}: class {node.name}")
    assert [each for each in sorted(names) if MEANINGLESS.search(each)] == []


def test_initHoldsADocstringOnly() -> None:
    wrong = []
    for file in FILES:
        if file.name == "__init__.py" and name(file) not in NOT_ONLY_A_DOCSTRING:
            module = tree(file)
            if len(module.body) != 1 or ast.get_docstring(module) is None:
                wrong.append(name(file))
    assert wrong == []


MAPPED = [
    "", "admin", "domain", "doors", "frontends", "frontends/commands", "frontends/irc",
    "frontends/irc/commands", "monitoring", "operating", "serverlog", "settings", "storage",
]  # fmt: skip
"""The packages that have so many files that one needs to be told where what stands."""


@pytest.mark.parametrize("package", MAPPED)
def test_aPackageSaysWhereWhatStands(package: str) -> None:
    folder = ROOT / package
    about = ast.get_docstring(tree(folder / "__init__.py")) or ""
    files = {file.stem for file in folder.glob("*.py")} - {"__init__"}
    assert files - set(re.findall(r"C\{(\w+)\}", about)) == set()


def test_theClassesOfASessionAreListedInTheirOrder() -> None:
    listed = re.findall(r"^  - L\{(\w+)<(\w+)\.\1>\}", session.__doc__ or "", re.MULTILINE)
    chain = [cls for cls in reversed(session.Session.__mro__) if cls is not object]
    assert listed == [(cls.__name__, cls.__module__.rpartition(".")[2]) for cls in chain[:-1]]


REFERENCE = re.compile(r"L\{([^}<]*)(?:<([^>}]*)>)?\}")


@cache
def namesGiven() -> set[str]:
    given = {part for file in FILES for part in (file.stem, file.parent.name)}
    for node in (node for file in FILES for node in ast.walk(tree(file))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            given.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            given.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            given.add(node.attr)
    return given


def namesOfOthers(file: Path) -> set[str]:
    found = {"twisted"}
    for node in ast.walk(tree(file)):
        isOurs = isinstance(node, ast.ImportFrom) and str(node.module).startswith(PACKAGE)
        if isinstance(node, ast.Import | ast.ImportFrom) and not isOurs:
            found |= {alias.name for alias in node.names}
    return found


@pytest.mark.parametrize("file", FILES, ids=name)
def test_whatIsReferredToIsThere(file: Path) -> None:
    others, missing = namesOfOthers(file), []
    for text, target in REFERENCE.findall(file.read_text()):
        parts = re.sub(r"\s", "", target or text).split(".")
        if parts[0] not in others and parts[-1] not in namesGiven():
            missing.append(".".join(parts))
    assert missing == []


def test_theDesignNamesAllKindsOfEventsAsStoredOrPassing() -> None:
    text = (ROOT.parent / "docs/design.md").read_text()
    found = re.search("Stored kinds have(.*?)Passing kinds(.*?)Dispatch is", text, re.DOTALL)
    assert found is not None
    stored, passing = (set(re.findall(r"`(\w+)`", part)) for part in found.groups())
    assert stored == {kind for kind, cls in KINDS.items() if cls.stored}
    assert passing == KINDS.keys() - stored


DOCUMENTS = ["CONTRIBUTING.md", "docs/design.md"]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_theFilesThatADocumentNamesAreThere(document: str) -> None:
    text = (ROOT.parent / document).read_text()
    there = {f"/{each.relative_to(ROOT.parent)}" for each in ROOT.parent.rglob("*.py")}
    named = set(re.findall(r"[\w/]+\.py\b", text))
    assert {each for each in named if not any(path.endswith(f"/{each}") for path in there)} == set()


@pytest.mark.parametrize("file", FILES, ids=name)
def test_whatIsPublicIsExplained(file: Path) -> None:
    module = tree(file)
    assert ast.get_docstring(module)
    missing = [
        f"{name(file)}:{node.lineno} {node.name}"
        for scope in ast.walk(module)
        if isinstance(scope, ast.Module | ast.ClassDef)
        for node in scope.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        if not node.name.startswith("_") and not ast.get_docstring(node)
    ]
    # What a base class or an interface has explained already is in the names that begin so.
    assert [each for each in missing if not _isExplainedElsewhere(each)] == []


def _isExplainedElsewhere(each: str) -> bool:
    return each.rpartition(" ")[2] in {
        "formatFor",
        "receive",
        "disconnect",
        "connectionMade",
        "connectionLost",
        "dataReceived",
        "lineReceived",
        "readConnectionLost",
        "writeConnectionLost",
        "buildProtocol",
        "startFactory",
        "stopFactory",
    }
