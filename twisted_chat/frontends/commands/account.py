"""
Commands about one's account, and for going.
"""

from __future__ import annotations

from twisted_chat.frontends.commands.command import Lines, Noun, Stay, Visit, requireSecure

ACCOUNT = Noun("Your account")

EXPORT_PAGE = 50
"""How many events are on a page, which has to fit into what may wait for a slow reader."""


@ACCOUNT.command("/register PASSWORD [CODE]")
async def register(visit: Visit, password: str, code: str = "") -> Lines:
    """
    Make your name yours

    It then needs the password, which stands in quotes if it has spaces in it. Your rooms are kept
    while you are away, and what is said there and to you in private is shown when you come back.
    The code is that of an invitation, which may be needed.
    """
    requireSecure(visit)
    account = await visit.session.register(password, code)
    return [f"* {account.name} is yours now, and needs your password from now on"]


@ACCOUNT.command("/login [NAME] PASSWORD")
async def login(visit: Stay, password: str, name: str = "") -> Lines:
    """
    Come in as somebody registered
    """
    requireSecure(visit)
    return await visit.relogin(name or visit.session.name, password)


@ACCOUNT.command("/logout")
async def logout(visit: Stay) -> Lines:
    """
    Be asked for another name

    If you are registered, your rooms are kept.
    """
    visit.signOut()
    return []


@ACCOUNT.command("/password [OLD] NEW")
async def password(visit: Visit, new: str, old: str = "") -> Lines:
    """
    Change your password

    One with spaces in it stands in quotes. Whoever came in with an operator's code for a lost
    password need not know the old one.
    """
    requireSecure(visit)
    await visit.session.changePassword(old, new)
    return ["* Your password is another one now"]


@ACCOUNT.command("/account export [NAME] [after ROW]", asks=True)
async def accountExport(visit: Visit, name: str = "", row: str = "0") -> Lines:
    """
    Show all that is held about you

    As lines of JSON: your account, your memberships and settings, and all that you wrote. What does
    not fit on a page is on the next one. Operators of the network may name somebody else.
    """
    lines, more = await visit.session.export(int(row), EXPORT_PAGE, name)
    end = f"* More: {visit.typed('account export')} {f'{name} ' if name else ''}after {more}"
    return [*lines, end if more else "* That is all"]


@ACCOUNT.command("/account delete PASSWORD [with messages]")
async def accountDelete(visit: Stay, password: str, messages: str = "") -> Lines:
    """
    End your account, for good

    Nobody gets its name again. What you wrote stays, unless you say: with messages. An account
    without a password needs its name instead.
    """
    requireSecure(visit)
    await visit.session.deleteAccount(password, bool(messages))
    visit.end("", "Your account is deleted. Goodbye")
    return []


@ACCOUNT.command("/quit [TEXT...]", "exit")
async def quit(visit: Stay, text: str = "") -> Lines:
    """
    Go, with a word or none
    """
    visit.end(text)
    return []
