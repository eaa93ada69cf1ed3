"""
The rules for names and for text that goes from one person to another.
"""

from __future__ import annotations

import os
import subprocess
import sys
import unicodedata

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from precis_i18n import get_profile

from twisted_chat.domain import lookalikes, names
from twisted_chat.domain.errors import BadInput, BadName

ANY_TEXT = st.text(st.characters(), max_size=60)
"""Any text, lone surrogates and controls too."""

HOSTILE = st.text(
    st.sampled_from("a m4;,[]()\\_^PX\x00\t\n\r\x03\x04\x07\x1b\x7f\x85\x90\x9b\x9c\x9d")
    | st.sampled_from("\u2028\u202e\u2066\u200d\ufeff\ud800\U0001f3f4\U000e0067\U000e007f")
    | st.characters(),
    max_size=40,
)
"""Text made of what terminals and IRC clients obey."""

NAME_LIKE = st.text(
    st.sampled_from("abzABZ019-_.#[]{}|^`~%+$ßẞςσΣİıéÉЖж日אب\u0301\uff21\u1e9e")
    | st.characters(categories=["Lu", "Ll", "Lo", "Nd", "Mn"]),
    min_size=1,
    max_size=20,
)


def why(error: BadName) -> str:
    """
    @return: the reason that a refused name was given.
    """
    return str(error.fields["why"])


# Folding.


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alex", "aLEX"),
        ("\uff21lex", "alex"),  # full width
        ("Jose\u0301", "JOSÉ"),
        ("ЖАН", "жан"),
        ("\u212aim", "kim"),  # the Kelvin sign
    ],
)
def test_namesThatDifferInCaseWidthOrCompositionAreOne(one: str, other: str) -> None:
    assert names.fold(one) == names.fold(other)


def test_differentLettersAreDifferentNames() -> None:
    assert len({names.fold(name) for name in ("jose", "josé", "a[b]", "a{b}", "alex", "аlex")}) == 6


@given(NAME_LIKE)
def test_foldingTwiceIsFoldingOnce(name: str) -> None:
    try:
        folded = names.fold(name)
    except BadName:
        assume(False)
    assert names.fold(folded) == folded


@given(ANY_TEXT)
def test_foldingAnyTextGivesANameOrBadName(text: str) -> None:
    try:
        told = names.fold(text)
    except BadName as error:
        told = error.text
    assert names.cleanLine(told) == told
    told.encode()


@pytest.mark.parametrize("name", ["", "a b", "a\x00b", "☃", "a\u200bb", "\ud800", "x" * 5000])
def test_whatNobodyCanBeCalledHasNoFoldedForm(name: str) -> None:
    with pytest.raises(BadName):
        names.fold(name)


def test_aRoomKeepsItsSignsWhenFolded() -> None:
    assert names.foldRoom("Lobby") == "lobby"
    assert names.foldRoom("##Lobby") == "##lobby"
    assert names.foldRoom("#שלום") == "#שלום"
    with pytest.raises(BadName):
        names.foldRoom("##")


# People's names.


@pytest.mark.parametrize(
    "name",
    [
        "alex",
        "Alex_2",
        "a[b]{c}|^`_-",
        "[]{}\\|",
        "josé",
        "Жанна",
        "日本",
        "שלום",
        "a+b",
        "a.b",
        "O'Neil",
    ],
)
def test_lettersDigitsAndTheSignsOfNicksAreAllowed(name: str) -> None:
    assert names.personName(name) == name


@pytest.mark.parametrize("character", " ,!@*?#&:/<>\t\n\r\0\x07\x1b\x7f\x85\xa0\u2028\u202e\ufeff")
def test_noNameHasASpaceAControlOrASignThatAWireUses(character: str) -> None:
    for check in (names.personName, names.roomName):
        with pytest.raises(BadName):
            check(f"a{character}b")


def test_noRoomsNameHasABackslash() -> None:
    with pytest.raises(BadName):
        names.roomName("a\\b")


@pytest.mark.parametrize("first", ["1", "-", ".", "१", "\uff11", "\u0301"])
def test_noNameBeginsWithADigitADashADotOrAMark(first: str) -> None:
    for check in (names.personName, names.roomName):
        with pytest.raises(BadName) as refusal:
            check(first + "a")
        assert why(refusal.value).startswith("it begins with ")


@pytest.mark.parametrize("first", "~&@%+$")
def test_noPersonsNameBeginsWithASignOfRankOrOfAMask(first: str) -> None:
    with pytest.raises(BadName):
        names.personName(first + "alex")


def test_spacesAroundANameAreLeftOutAndItsLettersNormalised() -> None:
    assert names.personName(" Alex\t") == "Alex"
    assert names.personName("\uff21lex") == "Alex"
    assert names.personName("Jose\u0301") == "José"


def test_aNameHasAtMost32CharactersAnd64Bytes() -> None:
    assert names.personName("x" * 32) == "x" * 32
    assert names.personName("é" * 32) == "é" * 32
    with pytest.raises(BadName, match="33 characters"):
        names.personName("x" * 33)
    with pytest.raises(BadName, match="66 bytes"):
        names.personName("日" * 22)


@pytest.mark.parametrize(
    "name", ["server", "System", "NickServ", "you", "[EXIT]", "NickSеrv", "y0u"]
)
def test_nobodyIsCalledOrLooksLikeTheServerOrItsServices(name: str) -> None:
    with pytest.raises(BadName, match="kept for the server"):
        names.personName(name)


def test_marksDoNotPileUp() -> None:
    names.personName("x" + "\u0323" * 4)
    with pytest.raises(BadName, match="marks"):
        names.personName("x" + "\u0323" * 5)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "a name needs at least one letter"),
        ("a b", "it has a space in it"),
        ("ab!", '"!" is not allowed in a name'),
        ("a\x07b", "it has a control character in it"),
        ("a\u200bb", "U+200B is not allowed in a name"),
        ("שa", "it mixes letters that run to the left with others that run to the right"),
        ("x" * 5000, "it is too long"),
    ],
)
def test_aRefusedNameIsToldWhy(name: str, reason: str) -> None:
    with pytest.raises(BadName) as refusal:
        names.personName(name)
    assert why(refusal.value) == reason
    assert len(refusal.value.text) < 200


@given(NAME_LIKE | ANY_TEXT)
def test_everyNameThatIsAllowedIsItsOwnSpellingAndHasAFoldedForm(text: str) -> None:
    try:
        name = names.personName(text)
    except BadName as error:
        error.text.encode()
        return
    assert names.personName(name) == name
    assert names.fold(name) == names.fold(text.strip(" \t"))
    assert not set(name) & set(" ,!@*?#&:/<>")
    assert names.cleanLine(name) == name


# Rooms' names.


def test_oneTypedSignIsNotPartOfARoomsName() -> None:
    assert (
        names.roomName("lobby") == names.roomName("#lobby") == names.roomName(" #lobby ") == "lobby"
    )
    assert names.roomName("##x") == "#x"
    assert names.roomName("###x") == "##x"


@given(st.sampled_from(["", "#", "##", "###"]), NAME_LIKE)
def test_aRoomsNameAfterASignIsThatRoom(signs: str, text: str) -> None:
    try:
        room = names.roomName(signs + text)
    except BadName:
        assume(False)
    assert names.roomName("#" + room) == room
    assert names.foldRoom(names.foldRoom(room)) == names.foldRoom(room)


@pytest.mark.parametrize(
    "text", ["", "#", "##", "#1", "##1a", "#-a", "dev/118", "[exit]", "\uff03x", "a#"]
)
def test_badRoomNamesAreRefused(text: str) -> None:
    with pytest.raises(BadName):
        names.roomName(text)


def test_aRoomsNameHasAtMost50CharactersAnd100Bytes() -> None:
    assert names.roomName("##" + "x" * 49) == "#" + "x" * 49
    with pytest.raises(BadName, match="51 characters"):
        names.roomName("##" + "x" * 50)
    with pytest.raises(BadName, match="102 bytes"):
        names.roomName("日" * 34)


def test_aRoomMayBearTheNameOfAProgrammingLanguage() -> None:
    assert names.roomName("c++") == "c++"


# Looks.


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("alex", "аlех"),  # Cyrillic a, e and x
        ("Alex", "AIex"),
        ("bill", "b111"),
        ("b0b", "BOB"),
        ("modem", "modern"),
        ("wave", "vvave"),
        ("Nina", "Νina"),  # Greek Nu
        ("bob", "вob"),  # a Cyrillic letter whose capital form looks like B
        ("bill", "b\u0131ll"),  # without its dot
        ("bill", "bi\u0307ll"),  # with one dot more
        ("क\u094dष", "क\u094d\u200dष"),  # with a joiner
    ],
)
def test_namesThatLookAlikeHaveOneSkeleton(one: str, other: str) -> None:
    assert lookalikes.skeleton(one) == lookalikes.skeleton(other)


def test_namesThatLookDifferentHaveDifferentSkeletons() -> None:
    different = [
        "alex",
        "bea",
        "carl",
        "dora",
        "josé",
        "jose",
        "жанна",
        "жак",
        "日本",
        "日木",
        "vina",
        "nina",
    ]
    assert len({lookalikes.skeleton(name) for name in different}) == len(different)


@given(st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-[]", min_size=1))
def test_namesOfAsciiThatFoldAlikeLookAlike(name: str) -> None:
    assume(len(name) <= names.MAX_NAME)
    assert lookalikes.skeleton(name) == lookalikes.skeleton(names.fold(name))


def test_theTableOfLooksIsNotLoadedForNamesOfAscii() -> None:
    script = (
        "from twisted_chat.domain import lookalikes, names; names.personName('alex');"
        "lookalikes.skeleton('Bill');"
        "print(lookalikes._prototypes.cache_info().currsize)"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout == "0\n"


def test_theTableOfLooksIsLoadedOnce() -> None:
    for name in ("ж", "Жанна", "яна"):
        lookalikes.skeleton(name)
    assert lookalikes._prototypes.cache_info().misses == 1


# Text.


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("hello, wörld 👋", "hello, wörld 👋"),
        ("a\tb", "a b"),
        ("a\r\nb\0c\x7fd\x85e", "abcde"),
        ("a\u2028b\u2029c", "a b c"),
        ("\ufeffa\u202eb\u2066c\u2069", "abc"),
        ("a\ud83d", "a\ufffd"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b2Jgone", "gone"),
        ("\x1b[?25;1", ""),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\text\x9d0;y\x9c!", "text!"),
        ("\x1bPq#1\x1b\\x\x1b_y\x9cz", "xz"),
        ("\x1b]52;c;not ended", "52;c;not ended"),
        ("\x1b(0\x1bOA\x1bcx", "Ax"),
        ("\x1b", ""),
        ("\x02bold\x02 \x1d\x1f\x16\x11\x0f", "bold "),
        ("\x0304,12red\x03 5\x033x\x03", "red 5x"),
        ("\x04ff0000red", "red"),
        ("a\U000e0061\U000e007fb", "ab"),
        ("👨\u200d👩\u200d👧 ❤\ufe0f", "👨\u200d👩\u200d👧 ❤\ufe0f"),
    ],
)
def test_aLineLosesWhatATerminalOrAnIrcClientObeys(text: str, clean: str) -> None:
    assert names.cleanLine(text) == clean


def test_onlyTheTagsOfAFlagAreKept() -> None:
    scotland = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
    assert names.cleanLine(f"from {scotland}!") == f"from {scotland}!"
    assert names.cleanLine(scotland[:-1]) == "\U0001f3f4"
    assert names.cleanLine(scotland[1:]) == ""


@given(ANY_TEXT | HOSTILE)
@example("\x1b\x1b[31m\x1b")
@example("\U0001f3f4\x1b\U000e0067\U000e007f")
def test_aCleanLineHasNoControlsIsEncodableAndStaysAsItIs(text: str) -> None:
    clean = names.cleanLine(text)
    clean.encode()
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in clean)
    assert not set(clean) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
    assert names.cleanLine(clean) == clean


@given(
    st.text(
        st.characters(categories=["L", "N", "P", "S", "M"], include_characters=" "), max_size=60
    ).filter(lambda text: names._CROWD.search(text) is None)
)
def test_whatIsOnlyLettersSignsAndSpacesIsNotChanged(text: str) -> None:
    assert names.cleanLine(text) == text


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a" + "\u0301" * 1500 + "b", "a" + "\u0301" * 8 + "b"),
        ("\u20e3" * 20, "\u20e3" * 8),
        ("a" + "\u0301\u200d" * 20, "a" + "\u0301\u200d" * 8 + "\u200d" * 12),
        ("a" + "\u0301\x00" * 20, "a" + "\u0301" * 8),
        ("a\u0301" * 20, "a\u0301" * 20),
        ("\u2764\ufe0f" * 20, "\u2764\ufe0f" * 20),
        ("\U0001f600" * 20, "\U0001f600" * 20),
        ("\u0f67" + "\u0fb9\u0fa8\u0fb3\u0fba\u0fbc\u0fbb\u0f82", None),
        ("\u05e9\u05c1\u05bc\u05b8\u0591\u05bd", None),
    ],
)
def test_aLetterHasNoMoreMarksThanItsScriptNeeds(text: str, clean: str | None) -> None:
    assert names.cleanLine(text) == (text if clean is None else clean)


def test_nothingUnsafeTakesTheShortWay() -> None:
    unsafe = [c for c in map(chr, range(sys.maxunicode + 1)) if names._UNSAFE.match(c)]
    assert len(unsafe) > 2048 + 65 + 128
    assert not any(map(str.isprintable, unsafe))


@pytest.mark.parametrize(
    "text",
    [
        "\x1b]" * 4000,
        "\x9d" * 8000,
        "\x1b[;" * 3000,
        "\x1b]" + "a" * 8000,
        "\U0001f3f4\U000e0061" * 4000,
    ],
)
def test_cleaningTakesTimeInProportionToTheText(text: str) -> None:
    # Time that grew with the square would be about ten minutes here.
    assert names._UNSAFE.search(names.cleanLine(text * 25)) is None


def test_aPlainLineIsGivenBackAtOnce() -> None:
    line = "hello there, this is a line of 40 chars!"
    assert names.cleanLine(line) is line


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("one", "one"),
        ("a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a\n\nb\n \n\x07\n", "a\n\nb"),
        ("\n a\tb\x1b[0m", "\n a b"),
        (" \r\n", ""),
        ("", ""),
    ],
)
def test_aTextIsCleanedLineByLineAndItsBlankEndIsLeftOut(text: str, clean: str) -> None:
    assert names.cleanText(text) == clean


@pytest.mark.parametrize(
    "text", ["", " \xa0\u3000\n", "\u200b", "\u3164\uffa0", "\u2800 \ufe0f\xad"]
)
def test_whatWouldLookEmptyIsBlank(text: str) -> None:
    assert names.isBlank(text)
    assert names.noted(text, 9) == ""
    assert not names.isBlank(f"{text}x{text}")
    with pytest.raises(BadInput):
        names.emoji(text)


def test_theLinesOfANoteAreParted() -> None:
    assert names.noted("lunch\rat\r\nnoon\n", 99) == "lunch at noon"


@given(HOSTILE)
def test_everyLineOfACleanTextIsClean(text: str) -> None:
    clean = names.cleanText(text)
    assert names.cleanText(clean) == clean
    assert all(names.cleanLine(line) == line for line in clean.split("\n"))


@given(st.binary())
def test_anyBytesAreDecodedAndBadOnesReplaced(data: bytes) -> None:
    assert names.decode(data).encode() == data or "\ufffd" in names.decode(data)
    assert names.decode(b"a\xffb\xc3\xa9\0") == "a\ufffdbé\0"


# Reactions.


@pytest.mark.parametrize(
    "text",
    ["👍", "❤\ufe0f", "👨\u200d👩\u200d👧\u200d👦", "+1", ":wave:", "1\ufe0f\u20e3", "x" * 16],
)
def test_aReactionIsAnEmojiOrAShortWord(text: str) -> None:
    assert names.emoji(f" {text} ") == text


@pytest.mark.parametrize(
    ("typed", "emoji"),
    [
        ("❤", "❤\ufe0f"),
        ("❤\ufe0e", "❤\ufe0f"),
        ("👍\ufe0f", "👍"),
        ("1\u20e3", "1\ufe0f\u20e3"),
        ("🏳\u200d🌈", "🏳\ufe0f\u200d🌈"),
        ("☝\ufe0f🏽", "☝🏽"),
        ("⛹🏽\u200d♂", "⛹🏽\u200d♂\ufe0f"),
        ("→", "→"),
        ("1", "1"),
    ],
)
def test_anEmojiIsTheSameHoweverItIsWritten(typed: str, emoji: str) -> None:
    assert names.emoji(typed) == emoji
    assert names.emoji(emoji) == emoji


@pytest.mark.parametrize(
    "text", ["", " ", "\x1b[31m", "\u200d", "\ufe0f", "x" * 17, "a b", "a\tb", "x" * 9000]
)
def test_aReactionIsNotEmptyUnseenLongOrSpaced(text: str) -> None:
    with pytest.raises(BadInput, match=r"^A reaction .*\.$"):
        names.emoji(text)


@given(st.text([chr(code) for code in range(0x21, 0x7F)], min_size=1, max_size=40))
def test_visibleASCIIIsFoldedAsThePRECISProfileFoldsIt(name: str) -> None:
    assert names.fold(name) == get_profile("UsernameCaseMapped").enforce(name)
    assert get_profile("UsernameCasePreserved").enforce(name) == name
