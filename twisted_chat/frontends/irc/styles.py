r"""
IRC's formatting codes, and styles in their place (the Modern documents, "IRC Formatting").

A style is a short text: letters for what is switched on, in this order, C{b} bold, C{i} italics,
C{u} underline, C{s} strikethrough, C{m} monospace, C{r} reverse; then the colour of the letters,
C{c} and a number from 0 to 98 or C{#rrggbb}; then, after a comma, that of the background, a number
or C{#rrggbb}. So C{"b"}, C{"iuc4"}, C{"c4,1"}, C{"b#ff0000"}, C{",1"} (a background alone).

Spans say which part of a plain text has which style: start, end, style; start and end are counted
in characters. They stand in order, don't overlap, aren't empty and cover no line end.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from twisted_chat.domain.names import cleanLine

Span = tuple[int, int, str]

LETTERS: Final = "biusmr"
_TOGGLES: Final = dict(
    zip("\x02\x1d\x1f\x1e\x11\x16", LETTERS, strict=True),
)
_CODES: Final = {letter: code for code, letter in _TOGGLES.items()}
_COLOUR, _HEX, _RESET = "\x03", "\x04", "\x0f"
_DEFAULT: Final = "99"

MOST_CODES: Final = 4096
"""
Bytes of formatting codes in a message, as it is written to others: twice as much as people need who
paint a message of the greatest length, each letter in a colour of its own.
"""

_TOKEN: Final = re.compile(
    "(?P<toggle>[\x02\x1d\x1f\x1e\x11\x16])"
    "|(?P<reset>\x0f)"
    "|\x03(?:(?P<fore>[0-9]{1,2})(?:,(?P<back>[0-9]{1,2}))?)?"
    "|\x04(?:(?P<hexFore>[0-9A-Fa-f]{6})(?:,(?P<hexBack>[0-9A-Fa-f]{6}))?)?"
)
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_STYLE: Final = re.compile(
    rf"([{LETTERS}]*)(?:c([0-9]{{1,2}})|(#[0-9a-f]{{6}}))?(?:,([0-9]{{1,2}}|#[0-9a-f]{{6}}))?"
)


class _Style(NamedTuple):
    """
    A style, taken apart; colours are numbers, C{#rrggbb} or C{""}.
    """

    letters: frozenset[str] = frozenset()
    fore: str = ""
    back: str = ""

    def __str__(self) -> str:
        fore = "c" + self.fore if self.fore and self.fore[0] != "#" else self.fore
        letters = "".join(letter for letter in LETTERS if letter in self.letters)
        return letters + fore + (self.back and "," + self.back)

    def codes(self) -> str:
        """
        @return: what switches it on where no style is.
        """
        fore, back = self.fore, self.back
        text = ""
        if back.startswith("#"):
            # A background comes only after some colour for the letters.
            text = f"{_HEX}{fore[1:] if fore.startswith('#') else '000000'},{back[1:]}"
            if not fore.startswith("#"):
                text += _COLOUR + (fore.zfill(2) if fore else _DEFAULT)
        elif fore.startswith("#"):
            text = (f"{_COLOUR}{_DEFAULT},{back.zfill(2)}" if back else "") + _HEX + fore[1:]
        elif back:
            text = f"{_COLOUR}{fore.zfill(2) if fore else _DEFAULT},{back.zfill(2)}"
        elif fore:
            text = _COLOUR + fore.zfill(2)
        return text + "".join(_CODES[letter] for letter in LETTERS if letter in self.letters)


_NONE: Final = _Style()


def _read(text: str) -> _Style:
    """
    @return: a style taken apart. One that is none of ours, as a newer version may have stored it,
        is no style.
    """
    found = _STYLE.fullmatch(text)
    if found is None:
        return _NONE
    letters, number, hexadecimal, back = found.groups()
    return _Style(frozenset(letters), _colour(number or hexadecimal), _colour(back))


def _colour(text: str | None) -> str:
    """
    @return: a colour in its one spelling.
    """
    if not text or text.startswith("#"):
        return text or ""
    number = str(int(text))
    return "" if number == _DEFAULT else number


def parse(text: str) -> tuple[str, tuple[Span, ...]]:
    """
    Take the formatting codes out of a text.

    @param text: of one or more lines; each begins without any style.
    @return: the plain text, cleansed as L{names.cleanText} does, and its styles.
    """
    if text.isprintable() and not text.isspace():
        return text, ()
    plain: list[str] = []
    spans: list[Span] = []
    length = 0
    for line in _LINE_END.split(text):
        for run, style in _runs(line):
            if style:
                _add(spans, length, length + len(run), style)
            plain.append(run)
            length += len(run)
        plain.append("\n")
        length += 1
    lines = "".join(plain).split("\n")
    while lines and (not lines[-1] or lines[-1].isspace()):
        lines.pop()
    whole = "\n".join(lines)
    return whole, _cut(spans, len(whole))


def plainLine(line: str) -> str:
    """
    @param line: a line, or a part of one.
    @return: its plain text, as L{parse} reads it if it stands alone.
    """
    return line if line.isprintable() else "".join([run for run, _ in _runs(line)])


def moderate(text: str, spans: tuple[Span, ...]) -> tuple[str, tuple[Span, ...]]:
    """
    @return: a plain text with its styles, or with none where these would take more than
        L{MOST_CODES}: readers would get many times as much as was sent.
    """
    if sum([len(_codes(style)) + 1 for _, _, style in spans]) > MOST_CODES:
        return text, ()
    return text, spans


def _add(spans: list[Span], start: int, end: int, style: str) -> None:
    if spans and spans[-1][1:] == (start, style):
        start = spans.pop()[0]
    spans.append((start, end, style))


def _cut(spans: Iterable[Span], length: int) -> tuple[Span, ...]:
    return tuple((start, min(end, length), style) for start, end, style in spans if start < length)


def _runs(line: str) -> Iterable[tuple[str, str]]:
    """
    @return: the clean parts of a line between its codes, none of them empty, with their styles.
    """
    style = _NONE
    position = 0
    for token in _TOKEN.finditer(line):
        if run := cleanLine(line[position : token.start()]):
            yield run, str(style)
        position = token.end()
        style = _after(style, token)
    if run := cleanLine(line[position:]):
        yield run, str(style)


def _after(style: _Style, token: re.Match[str]) -> _Style:
    """
    @return: the style that a code makes of the one before it.
    """
    if token["toggle"]:
        return style._replace(letters=style.letters ^ {_TOGGLES[token["toggle"]]})
    if token["reset"]:
        return _NONE
    fore, back = token["fore"], token["back"]
    if token["hexFore"]:
        fore = "#" + token["hexFore"].lower()
        back = "#" + token["hexBack"].lower() if token["hexBack"] else None
    if fore is None:
        return style._replace(fore="", back="")
    return style._replace(
        fore=_colour(fore), back=style.back if back is None else _colour(back)
    )  # fmt: skip


def render(text: str, spans: tuple[Span, ...]) -> str:
    """
    Put formatting codes into a text.

    @param text: a plain text of one or more lines.
    @param spans: its styles.
    @return: a text that L{parse} makes the same of; each line has all the codes that it needs.
    """
    if not spans:
        return text
    parts: list[str] = []
    position = 0
    for start, end, name in spans:
        codes = _codes(name)
        start, end = max(start, position), min(end, len(text))
        if not codes or start >= end:
            continue
        parts.append(text[position:start])
        parts.extend(_coded(text[start:end], codes))
        position = end
    # Nothing needs to be switched off at the end of a line.
    coded = "".join(parts) + text[position:]
    return coded.replace(_RESET + "\n", "\n").removesuffix(_RESET)


@lru_cache(maxsize=512)
def _codes(name: str) -> str:
    """
    @return: what switches a style on.
    """
    return _read(name).codes()


def codesBefore(text: str, style: str) -> str:
    """
    @param text: a line, or a part of one, that has a style.
    @return: what L{render} writes before it; C{""} for a style that is none. Behind it comes one
        more character, if anything comes.
    """
    codes = _codes(style)
    return _guarded(codes, text) if codes else ""


def _guarded(codes: str, text: str) -> str:
    # Else it would be read as the background.
    return codes + "\x02\x02" if text[0] == "," and codes[-1] not in _TOGGLES else codes


def _coded(text: str, codes: str) -> Iterable[str]:
    """
    @return: the parts of a text, each line of it with codes before and after it.
    """
    for index, line in enumerate(text.split("\n")):
        if index:
            yield "\n"
        if line:
            yield _guarded(codes, line)
            yield line
            yield _RESET
