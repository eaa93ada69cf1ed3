"""
What names are allowed, which names are one and the same, and how text is made safe to pass on.

Nothing that one person typed reaches another person's wire but through L{cleanLine} or
L{cleanText}, or as a name that L{personName} or L{roomName} let through.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Final

from precis_i18n import get_profile
from precis_i18n.profile import Profile

from twisted_chat.domain.emojis import qualified
from twisted_chat.domain.errors import BadInput, BadName, ChatError, NoSuchPerson, TooLong
from twisted_chat.domain.lookalikes import skeleton

MAX_NAME: Final = 32
"""How many characters a person's name may have."""
MAX_NAME_BYTES: Final = 64
"""How many bytes of UTF-8 a person's name may have."""
MOST_SHOWN: Final = 64
"""How many characters are shown of what somebody has typed as a name."""
MAX_ROOM: Final = 50
"""How many characters a room's name may have."""
MAX_ROOM_BYTES: Final = 100
"""How many bytes of UTF-8 a room's name may have."""
MAX_EMOJI: Final = 16
"""How many characters a reaction may have (a family of four with skin tones has eleven)."""
MAX_MARKS: Final = 4
"""How many combining marks may follow each other: more of them paint over the lines around."""
MAX_MARKS_IN_TEXT: Final = 8
"""The same for texts, where Tibetan and Hebrew with all its points need more than names do."""

RESERVED: Final = frozenset(
    {"admin", "everyone", "server", "system", "you", "[exit]"}
    | {"botserv", "chanserv", "hostserv", "memoserv", "nickserv", "operserv", "saslserv"}
)
"""
Folded names that nobody can have: the server, its services or the text of the line protocol would
seem to speak (or, with C{[EXIT]}, to be obeyed).
"""

# What separates or means something, somewhere in a line of one of the wires. '#' counts rooms'
# signs, '/' parts a room from the number of a message, '<' and '>' stand around a name that speaks.
_FORBIDDEN: Final = frozenset(" ,!@*?#&:/<>")
# On IRC a backslash belongs to nicks (Modern, "NICK message"); rooms don't need it.
_FORBIDDEN_IN_ROOMS: Final = _FORBIDDEN | {"\\"}
# Signs of rank, of masks and of hidden files, which are none further on in a name.
_NOT_FIRST_FOR_ALL: Final = "-."
_NOT_FIRST_FOR_PEOPLE: Final = _NOT_FIRST_FOR_ALL + "~%+$"

_CASE_PRESERVED: Final = get_profile("UsernameCasePreserved")
_CASE_MAPPED: Final = get_profile("UsernameCaseMapped")
_ASCII: Final = re.compile("[!-~]{1,100}").fullmatch
"""Of visible ASCII the profiles forbid nothing, and they change no more than the case of it."""

_WHY: Final = {
    "spaces": "it has a space in it",
    "controls": "it has a control character in it",
    "bidi_rule": "it mixes letters that run to the left with others that run to the right",
    "not_idempotent": "its letters change each time they are lowered",
}


def _bad(name: str, why: str) -> BadName:
    """
    @return: the error for C{name}, which is cleansed and cut for showing.
    """
    shown = cleanLine(name[: 4 * MAX_ROOM]).strip()
    if len(shown) > MAX_ROOM:
        shown = shown[:MAX_ROOM] + "…"
    return BadName(name=shown or "An empty text", why=why)


def _notAllowed(character: str) -> str:
    """
    @return: why a name with C{character} in it is refused.
    """
    spelt = f'"{character}"' if character.isprintable() else f"U+{ord(character):04X}"
    return f"{spelt} is not allowed in a name"


def _enforce(profile: Profile, name: str) -> str:
    """
    @return: C{name} as the PRECIS profile spells it.
    @raise BadName: the profile does not allow it.
    """
    if not name:
        raise _bad(name, "a name needs at least one letter")
    # Longer than any name that is allowed, so it is not worth the work (nor a place in a cache).
    if len(name) > 2 * MAX_ROOM:
        raise _bad(name, "it is too long")
    try:
        return profile.enforce(name)
    except UnicodeEncodeError as refusal:
        reason = refusal.reason.rpartition("/")[2]
        raise _bad(name, _WHY.get(reason) or _notAllowed(refusal.object[refusal.start])) from None


@lru_cache(maxsize=16384)
def fold(name: str) -> str:
    """
    The form in which names are compared: PRECIS UsernameCaseMapped (RFC 8265, section 3.3). Two
    names that fold alike are one.

    @param name: a name, of any length and make.
    @return: its folded form; folding it again changes nothing.
    @raise BadName: it has no folded form, since nobody can be called that.
    """
    if _ASCII(name):
        return name.lower()
    return _enforce(_CASE_MAPPED, name)


def foldAny(name: str) -> str:
    """
    The same for what may be no name here: of an author who is relayed or imported, and may be
    called what nobody is called on this network; or what somebody gives for a name who is not to
    learn that nobody can have it. It is compared by small letters.
    """
    try:
        return fold(name)
    except BadName:
        return name.lower()


def foldOrRefuse(name: str) -> str:
    """
    The same for the name of somebody who is looked for.

    @raise NoSuchPerson: nobody can be called like that.
    """
    try:
        return fold(name)
    except ChatError:
        raise NoSuchPerson(name=nameShown(name)) from None


def foldRoom(name: str) -> str:
    """
    L{fold} for the name of a room: its leading C{#} signs are kept.

    @param name: a room's name as L{roomName} gave it.
    @return: the folded form.
    @raise BadName: it has no folded form.
    """
    if name[:1] != "#":
        return fold(name)
    rest = name.lstrip("#")
    return name[: len(name) - len(rest)] + fold(rest)


def _spelling(name: str, forbidden: frozenset[str], notFirst: str) -> str:
    """
    The rules that the names of people and of rooms have in common.

    @param name: what was typed, without a room's leading C{#} signs.
    @param forbidden: the characters that it may not have in it.
    @param notFirst: the characters that it may not begin with, besides digits and marks.
    @return: its clean spelling, case kept.
    @raise BadName: a rule forbids it.
    """
    plain = _ASCII(name) is not None
    clean = name if plain else _enforce(_CASE_PRESERVED, name)
    if not forbidden.isdisjoint(clean):
        raise _bad(name, _notAllowed(next(filter(forbidden.__contains__, clean))))
    first = clean[0]
    if first.isdigit():
        raise _bad(name, "it begins with a digit")
    if first in notFirst:
        raise _bad(name, f'it begins with "{first}"')
    if plain:
        return clean
    if unicodedata.category(first)[0] == "M":
        raise _bad(name, "it begins with a mark that belongs on a letter")
    marks = 0
    for character in clean:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks > MAX_MARKS:
            raise _bad(name, f"more than {MAX_MARKS} marks are on one letter")
    fold(clean)  # No name is let in that could not be compared, whatever Unicode's next version.
    return clean


def _short(name: str, characters: int, size: int) -> str:
    """
    @param characters: how many characters are allowed.
    @param size: how many bytes of UTF-8 are allowed.
    @return: C{name}.
    @raise BadName: it is longer than that.
    """
    if len(name) > characters:
        raise _bad(name, f"it has {len(name)} characters, and {characters} are the limit")
    if len(encoded := name.encode()) > size:
        raise _bad(name, f"it takes {len(encoded)} bytes, and {size} are the limit")
    return name


def personName(text: str) -> str:
    """
    The clean spelling of a person's name, valid on every wire.

    @param text: what was typed; spaces around it are left out.
    @return: the name: normalised, its case kept.
    @raise BadName: nobody can be called that; it says why.
    """
    return _personName(text.strip(" \t"))


@lru_cache(maxsize=4096)
def _personName(name: str) -> str:
    clean = _short(_spelling(name, _FORBIDDEN, _NOT_FIRST_FOR_PEOPLE), MAX_NAME, MAX_NAME_BYTES)
    # By looks, not only by letters: a NickServ with one Cyrillic letter would be told passwords.
    if skeleton(clean) in _reservedSkeletons():
        raise _bad(name, "it is kept for the server")
    return clean


def roomName(text: str) -> str:
    """
    The clean spelling of a room's name: C{"#lobby"} and C{"lobby"} are the room C{lobby}, and
    C{"##x"} is the room C{#x}. For every name that comes out, C{"#" + name} gives it again.

    @param text: what was typed; spaces around it are left out.
    @return: the name: normalised, its case kept.
    @raise BadName: no room can be called that; it says why.
    """
    return _roomName(text.strip(" \t"))


@lru_cache(maxsize=4096)
def _roomName(typed: str) -> str:
    # Asked again and again for the same rooms. Only names that are allowed, so short ones, stay.
    name = typed.removeprefix("#")
    rest = name.lstrip("#")
    signs = name[: len(name) - len(rest)]
    clean = _spelling(rest, _FORBIDDEN_IN_ROOMS, _NOT_FIRST_FOR_ALL)
    if clean.lower() == "[exit]":
        raise _bad(typed, "it is kept for leaving")
    return _short(signs + clean, MAX_ROOM, MAX_ROOM_BYTES)


@cache
def _reservedSkeletons() -> frozenset[str]:
    """
    @return: how the L{RESERVED} names look.
    """
    return frozenset(map(skeleton, RESERVED))


# Text on its way from one person to another.

_CONTROL: Final = r"\x00-\x1f\x7f-\x9f"
_UNSAFE: Final = re.compile(
    # The flags of England, Scotland and Wales, the only use of tags, are kept.
    "(?P<kept>\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f)"
    "|(?P<space>[\t\u2028\u2029])"
    "|(?P<surrogate>[\ud800-\udfff])"
    # ECMA-48, sections 5.4 (control sequences) and 5.6 (control strings). A string that does not
    # end loses its opening only. No part can match what another one can: the time is linear.
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    rf"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])(?:[^{_CONTROL}]*(?:\x07|\x1b\\|\x9c))?"
    r"|\x1b[ -/]*[0-~]?"
    # IRC's colours.
    r"|\x03[0-9]{0,2}(?:,[0-9]{1,2})?"
    r"|\x04(?:[0-9A-Fa-f]{6}(?:,[0-9A-Fa-f]{6})?)?"
    # All other controls, marks that turn the direction of what follows, the byte order mark, tags.
    rf"|[{_CONTROL}\u202a-\u202e\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)
# What may be too many marks: they are no letters, and so are these, which are looked at one by one.
_CROWD: Final = re.compile(rf"[^\w\s\x00-\x7f]{{{MAX_MARKS_IN_TEXT + 1},}}")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
# Spaces, what Unicode has fonts leave out (Default_Ignorable_Code_Point), and Braille without dots.
_BLANK: Final = re.compile(
    r"[\s\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u2800"
    r"\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]*"
).fullmatch


def _safe(match: re.Match[str]) -> str:
    """
    @return: what takes the place of something unsafe.
    """
    if match.lastgroup == "kept":
        return match[0]
    return {"space": " ", "surrogate": "\ufffd"}.get(match.lastgroup or "", "")


def _thin(match: re.Match[str]) -> str:
    """
    @return: what is left of a crowd of marks; what is not seen does not part them.
    """
    kept: list[str] = []
    marks = 0
    for character in match[0]:
        category = unicodedata.category(character)
        if category != "Cf":
            marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks <= MAX_MARKS_IN_TEXT or category == "Cf":
            kept.append(character)
    return "".join(kept)


def cleanLine(text: str) -> str:
    """
    Make one line of text safe for another person's wire and terminal: control characters, whole
    terminal escape sequences and IRC's formatting codes, marks that turn the direction of text,
    hidden tags and more than L{MAX_MARKS_IN_TEXT} marks on a letter go; a tab or a separator of
    lines becomes a space, a lone surrogate U+FFFD.

    @param text: any text.
    @return: the same text if there is nothing to clean; it is always encodable as UTF-8.
    """
    # Nothing that is unsafe is printable, and this is many times as fast as searching.
    if not text.isprintable():
        text = _UNSAFE.sub(_safe, text)
    return text if text.isascii() else _CROWD.sub(_thin, text)


def nameShown(text: str) -> str:
    """
    What somebody has typed as a name, as much of it as refusals and the log show.
    """
    return cleanLine(text)[:MOST_SHOWN]


def isBlank(text: str) -> bool:
    """
    Whether there is nothing in a text that could be seen.
    """
    return _BLANK(text) is not None


def noted(text: str, limit: int) -> str:
    """
    L{cleanLine} for a short text beside something else: a reason, a topic. Ends of lines become
    spaces, and what would look empty is.

    @param limit: characters.
    @raise TooLong: it has more.
    """
    cleaned = cleanLine(_LINE_END.sub(" ", text)).strip()
    if isBlank(cleaned):
        return ""
    if len(cleaned) > limit:
        raise TooLong(length=len(cleaned), unit="characters", limit=limit)
    return cleaned


def cleanText(text: str) -> str:
    r"""
    L{cleanLine} for text of several lines. C{\r\n}, C{\r} and C{\n} end a line; blank lines at
    the end are left out.

    @param text: any text.
    @return: lines joined by C{\n}, with none at the end.
    """
    lines = [cleanLine(line) for line in _LINE_END.split(text)]
    while lines and (not lines[-1] or lines[-1].isspace()):
        lines.pop()
    return "\n".join(lines)


def decode(data: bytes) -> str:
    """
    @param data: bytes from a wire.
    @return: them read as UTF-8, with U+FFFD in the place of bad ones.
    """
    return data.decode("utf-8", "replace")


def emoji(text: str) -> str:
    """
    Check a reaction: an emoji, or a short word.

    @param text: what was typed; spaces around it are left out.
    @return: its clean form, the same however its emoji are written.
    @raise BadInput: it is too long, has a space in it, or there is nothing to be seen.
    """
    clean = qualified(cleanLine(text[: 8 * MAX_EMOJI]).strip())
    # Marks and joiners alone are not seen.
    if isBlank(clean) or all(
        unicodedata.category(character) in ("Mn", "Me", "Cf") for character in clean
    ):
        raise BadInput(why="A reaction needs an emoji.")
    if len(clean) > MAX_EMOJI or len(text) > 8 * MAX_EMOJI:
        raise BadInput(why=f"A reaction has at most {MAX_EMOJI} characters.")
    if any(map(str.isspace, clean)):
        raise BadInput(why="A reaction has no space in it.")
    return clean
