"""
L{twisted_chat.frontends.irc.capabilities}: what is to be had, and how it is asked for.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_chat.domain.limits import Limits
from twisted_chat.frontends.irc.capabilities import (
    CAPABILITIES,
    SPELLING,
    Answer,
    Negotiation,
    offered,
)
from twisted_chat.frontends.irc.facts import ServerFacts
from twisted_chat.frontends.irc.message import spell

FACTS = ServerFacts(
    server="irc.example.org",
    network="Example",
    saslMechanisms=("PLAIN", "SCRAM-SHA-256", "EXTERNAL"),
)


def ask(negotiation: Negotiation, *params: str) -> list[tuple[str, ...]]:
    return [answer.params for answer in negotiation.command(params)]


def shown(answers: list[Answer]) -> dict[str, str]:
    words = " ".join(answer.params[-1] for answer in answers).split(" ")
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def test_valuesAreThoseOfTheSpecifications() -> None:
    facts = replace(
        FACTS,
        stsPort=6697,
        stsDuration=2592000,
        stsPreload=True,
        relaySeparators="/",
    )
    values = offered(facts)
    assert values["sasl"] == "PLAIN,SCRAM-SHA-256,EXTERNAL"
    assert values["sts"] == "port=6697"
    assert values["draft/account-registration"] == "before-connect"
    assert values["draft/multiline"] == "max-bytes=2000,max-lines=100"
    assert values["draft/metadata-2"] == values["draft/metadata-3"]
    assert values["draft/metadata-2"] == (
        "before-connect,max-subs=100,max-keys=50,max-value-bytes=300"
    )
    assert values["draft/relaymsg"] == "/"
    assert values["draft/chathistory"] == values["message-tags"] == ""
    assert set(values) == set(CAPABILITIES)


def test_whatIsNotToBeHadIsNotOffered() -> None:
    values = offered(replace(FACTS, saslMechanisms=(), registration=False))
    gone = {"sasl", "sts", "draft/account-registration", "draft/relaymsg"}
    assert set(CAPABILITIES) - set(values) == gone


def test_whatChangesSpellingIsAFewOfAll() -> None:
    assert {"server-time", "message-tags", "extended-join"} <= SPELLING < set(CAPABILITIES)
    assert not {"echo-message", "multi-prefix", "sasl"} & SPELLING


def test_since302ThereAreValuesAndSeveralLinesAndAllButTheLastHaveAStar() -> None:
    negotiation = Negotiation(FACTS)
    answers = negotiation.command(("LS", "302"))
    assert len(answers) > 1
    assert [answer.params[:-1] for answer in answers[:-1]] == [("LS", "*")] * (len(answers) - 1)
    assert answers[-1].params[:-1] == ("LS",)
    assert shown(answers) == offered(FACTS)
    for answer in answers:
        line = spell(answer.command, ("*", *answer.params), FACTS.server)
        assert len(line) <= 512
        assert line.endswith(answer.params[-1].encode() + b"\r\n")


@pytest.mark.parametrize("params", [("LS",), ("LS", "301"), ("LS", "x"), ("ls", "٣٠٢")])
def test_before302ThereIsOneLineWithoutValues(params: tuple[str, ...]) -> None:
    negotiation = Negotiation(replace(FACTS, stsPort=6697))
    [answer] = negotiation.command(params, "n" * 64)
    names = answer.params[-1].split(" ")
    assert answer.params[:-1] == ("LS",)
    assert {"sasl", "multi-prefix", "userhost-in-names"} <= set(names) <= set(CAPABILITIES)
    # Without their values these say nothing.
    assert not {"sts", "draft/multiline"} & set(names)
    assert len(spell("CAP", ("n" * 64, *answer.params), FACTS.server)) < 512
    assert not negotiation.notified


def test_aHigherVersionIsKeptAndALowerOneIsAnsweredAsSuch() -> None:
    negotiation = Negotiation(FACTS)
    ask(negotiation, "LS", "307")
    assert len(ask(negotiation, "LS")) == 1
    assert (negotiation.version, negotiation.notified) == (307, True)


def test_aRequestIsTakenAsAWhole() -> None:
    negotiation = Negotiation(FACTS)
    asked = "multi-prefix server-time"
    assert ask(negotiation, "REQ", asked) == [("ACK", asked)]
    assert negotiation.enabled == {"multi-prefix", "server-time"}
    asked = "-multi-prefix batch -away-notify batch"
    assert ask(negotiation, "REQ", asked + " ") == [("ACK", asked)]
    assert negotiation.enabled == {"server-time", "batch"}
    assert ask(negotiation, "LIST") == [("LIST", "batch server-time")]


@pytest.mark.parametrize("word", ["foo", "-foo", "sasl=PLAIN", "sts", "-sts", "BATCH", "--batch"])
def test_aRequestIsRefusedAsAWhole(word: str) -> None:
    negotiation = Negotiation(replace(FACTS, stsPort=6697))
    ask(negotiation, "REQ", "batch")
    asked = f"multi-prefix {word} -batch multi-prefix"
    assert ask(negotiation, "REQ", asked) == [("NAK", asked)]
    assert negotiation.enabled == {"batch"}


def test_whatIsNotToBeHadIsRefused() -> None:
    assert ask(Negotiation(replace(FACTS, saslMechanisms=())), "REQ", "sasl") == [("NAK", "sasl")]


def test_aLongRequestIsAnsweredInSeveralLines() -> None:
    negotiation = Negotiation(FACTS)
    asked = " ".join(["batch"] * 80)
    answers = negotiation.command(("REQ", asked))
    assert {answer.params[0] for answer in answers} == {"ACK"}
    assert " ".join(answer.params[1] for answer in answers) == asked
    assert all(len(spell("CAP", ("*", *each.params), FACTS.server)) <= 512 for each in answers)


def test_nothingEnabledIsAnEmptyList() -> None:
    assert ask(Negotiation(FACTS), "LIST") == [("LIST", "")]
    assert ask(Negotiation(FACTS), "REQ") == [("ACK", "")]


def test_registrationWaitsFromLsOrReqUntilEnd() -> None:
    for begin in (("LS",), ("REQ", "batch"), ("REQ", "foo")):
        negotiation = Negotiation(FACTS)
        ask(negotiation, "LIST")
        assert not negotiation.open
        ask(negotiation, *begin)
        assert negotiation.open
        assert ask(negotiation, "END") == []
        assert not negotiation.open


def test_anUnknownSubcommandIsNamed() -> None:
    negotiation = Negotiation(FACTS)
    assert negotiation.command(("Foo",)) == [Answer("410", ("Foo", "Invalid CAP command"))]
    assert negotiation.command(("ACK", "batch"))[0].command == "410"
    assert negotiation.command(())[0].command == "461"


def test_capNotifyIsImpliedBy302AndCanOtherwiseBeGivenUp() -> None:
    old, new = Negotiation(FACTS), Negotiation(FACTS)
    ask(new, "LS", "302")
    for negotiation in (old, new):
        ask(negotiation, "REQ", "cap-notify")
        assert negotiation.notified
        assert ask(negotiation, "REQ", "-cap-notify") == [("ACK", "-cap-notify")]
    assert (old.notified, new.notified) == (False, True)


def test_whatComesAndGoesIsTold() -> None:
    negotiation = Negotiation(replace(FACTS, saslMechanisms=("PLAIN",), stsPort=6697))
    ask(negotiation, "LS", "302")
    ask(negotiation, "REQ", "sasl batch")
    without = replace(FACTS, saslMechanisms=())
    # A policy of sts is never taken back so.
    assert [each.params for each in negotiation.change(without)] == [("DEL", "sasl")]
    assert negotiation.enabled == {"batch"}
    changed = replace(FACTS, limits=Limits(message=5))
    assert [each.params for each in negotiation.change(changed)] == [
        ("NEW", "sasl=PLAIN,SCRAM-SHA-256,EXTERNAL draft/multiline=max-bytes=5,max-lines=100")
    ]
    assert negotiation.change(changed) == []


def test_oldClientsAreToldNamesAndOnlyIfTheyAsked() -> None:
    negotiation = Negotiation(FACTS)
    ask(negotiation, "REQ", "sasl")
    assert negotiation.change(replace(FACTS, saslMechanisms=())) == []
    assert negotiation.enabled == frozenset()
    ask(negotiation, "REQ", "cap-notify")
    answers = negotiation.change(replace(FACTS, limits=Limits(message=5)))
    assert [each.params for each in answers] == [("NEW", "sasl")]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["LS", "LIST", "REQ", "END", "X"]),
            st.lists(st.sampled_from([*CAPABILITIES, "-batch", "-sasl", "no", "302"])),
        )
    )
)
def test_onlyWhatIsOfferedIsEverEnabled(commands: list[tuple[str, list[str]]]) -> None:
    negotiation = Negotiation(FACTS)
    for name, words in commands:
        negotiation.command((name, " ".join(words)))
        assert negotiation.enabled <= set(offered(FACTS)) - {"sts"}
