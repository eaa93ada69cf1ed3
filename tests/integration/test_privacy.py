"""
What the server's log tells, and what it never does.
"""

from __future__ import annotations

import re

import pytest

from tests.integration.running import Server, wrongsIn

pytestmark = pytest.mark.integration

SECRETS = (
    "aardvarks", "bandicoots", "capybaras", "dromedaries", "echidnas", "flamingos", "gibbons",
    "hedgehogs", "ibexes-and-emus", "jackals-and-foxes", "kookaburras", "lemurs", "manatees",
    "narwhals",
)  # fmt: skip
"""Words that are said, or are passwords, and nothing else."""


def test_theLogTellsWhoButNeverWhat(server: Server) -> None:
    """
    Connections, logins, joins, leaves and refusals; no message, topic or password, be it right or
    wrong or given where a name was asked for.
    """
    (said, edited, deleted, private, reply, action, topic, password, changed, wrong, roomPassword,
     search, away, mistyped) = SECRETS  # fmt: skip
    with server.enter("alex") as alex, server.enter("bea", tls=True) as bea:
        alex.ask(f"/register {password}", "needs your password from now on")
        alex.send(said, said, f"/me {action}", f"/topic {topic}", f"/away {away}")
        alex.send(f"/edit 1 {edited}", f"/delete 2 {deleted}", f"/search {search}")
        alex.send(f"/msg bea {private}", f"/reply 3 {reply}", f"/{mistyped}", f"/login x {wrong}")
        alex.ask(f"/password {password} {changed}", "Your password is another one now\n")
        alex.ask("/join den", "You are in den")
        alex.ask(f"/set password {roomPassword}", "password of den is set now")
        bea.until(private)
        assert roomPassword not in bea.ask("/join den nonsense", r"^! .*\n")
        bea.ask(f"/join den {roomPassword}", "You are in den")
        bea.ask("/leave", "You have left den")
        bea.send("/say " + "x" * 3000, "y" * 9000, f"/kick alex {wrong}", "/history 5")
        bea.until(r"bytes are the limit")
        alex.send("[exit]")
        alex.rest()
    with server.connect() as back:
        back.send(wrong + " " + changed, "alex", wrong)
        back.until(r"^(Password: )?! .*\n")
        back.until("Password: ")
        back.send(changed)
        back.until("You are in")
    server.output.until(r"alex has gone$")
    server.stop()
    log = server.output.text
    told = [secret for secret in (*SECRETS, "xxxx", "yyyy") if secret in log]
    assert told == []
    for line in (
        r"127\.0\.0\.1: connected$",
        r"127\.0\.0\.1: alex is here$",
        r"alex joined lobby$",
        r"bea joined den$",
        r"bea left den$",
        r"127\.0\.0\.1: alex was refused: ",
        r"127\.0\.0\.1: a name was refused: ",
        r"127\.0\.0\.1: alex has gone$",
    ):
        assert re.search(line, log, re.MULTILINE), f"{line} is not in the log:\n{log}"
    assert wrongsIn(log) == []
