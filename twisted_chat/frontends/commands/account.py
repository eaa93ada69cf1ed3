"""
Commands about one's account, and for going.
"""

from __future__ import annotations

from twisted_chat.frontends.commands.command import Lines, Noun, Visit, requireSecure

ACCOUNT = Noun("Your account")


@ACCOUNT.command("/register PASSWORD")
async def register(visit: Visit, password: str) -> Lines:
    """
    Make your name yours

    It then needs the password. Your rooms are kept while you are away, and what is said there and
    to you in private is shown when you come back.
    """
    requireSecure(visit)
    account = await visit.session.register(password)
    return [f"* {account.name} is yours now, and needs your password from now on"]


@ACCOUNT.command("/login [NAME] PASSWORD")
async def login(visit: Visit, password: str, name: str = "") -> Lines:
    """
    Come in as somebody registered
    """
    requireSecure(visit)
    return await visit.relogin(name or visit.session.name, password)


@ACCOUNT.command("/logout")
async def logout(visit: Visit) -> Lines:
    """
    Be asked for another name

    If you are registered, your rooms are kept.
    """
    visit.signOut()
    return []


@ACCOUNT.command("/password OLD NEW")
async def password(visit: Visit, old: str, new: str) -> Lines:
    """
    Change your password
    """
    requireSecure(visit)
    await visit.session.changePassword(old, new)
    return ["* Your password is another one now"]


@ACCOUNT.command("/quit [TEXT...]", "exit")
async def quit(visit: Visit, text: str = "") -> Lines:
    """
    Go, with a word or none
    """
    visit.end(text)
    return []
