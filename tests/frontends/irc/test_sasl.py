"""
L{twisted_chat.frontends.irc.sasl}: who may come in, and that nobody learns who else there is.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scramp import ScramClient, ScramException  # type: ignore[import-untyped]

from twisted_chat.domain.scramkeys import ITERATIONS, makeScramKeys, readScramKeys
from twisted_chat.frontends.irc.sasl import (
    MECHANISMS,
    MOST,
    Check,
    Done,
    Exchange,
    Failed,
    Fingerprint,
    Lookup,
    Send,
    Step,
    Wait,
)

SECRET = b"of the server"
KEYS = makeScramKeys("sesame")
FAILED = Failed("904", "SASL authentication failed")


def coded(text: str | bytes) -> str:
    return b64encode(text.encode() if isinstance(text, str) else text).decode() or "+"


def begun(mechanism: str) -> Exchange:
    exchange = Exchange(mechanism, SECRET)
    assert exchange.begin() == Send(("+",))
    return exchange


def plain(response: str | bytes) -> tuple[Exchange, Step]:
    exchange = begun("PLAIN")
    return exchange, exchange.receive(coded(response))


# PLAIN.


def test_plainAsksWhetherThePasswordIsRight() -> None:
    exchange, step = plain("bea\0bea\0sesame")
    assert step == Check("bea", "sesame")
    assert exchange.answer("Bea") == Done("Bea", "")


def test_aWrongPasswordFails() -> None:
    exchange, _ = plain("\0bea\0sesame")
    assert exchange.answer("") == FAILED


@pytest.mark.parametrize(
    ("response", "device"),
    [("\0bea@phone\0x", "phone"), ("bea\0bea@phone\0x", "phone"), ("BEA@web\0bea\0x", "web")],
)
def test_aDeviceMayBeNamed(response: str, device: str) -> None:
    exchange, step = plain(response)
    assert step == Check("bea", "x")
    assert exchange.answer("bea") == Done("bea", device)


@pytest.mark.parametrize(
    "response",
    [
        "",
        "bea",
        "\0bea",
        "\0\0sesame",
        "\0bea\0",
        "\0@phone\0sesame",
        "carl\0bea\0sesame",
        "\0bea\0ses\0ame",
        b"\0bea\0\xff",
    ],
)
def test_whatIsNotPlainFailsWithoutACheck(response: str | bytes) -> None:
    assert plain(response)[1] == FAILED


# EXTERNAL.


@pytest.mark.parametrize(
    ("response", "name", "account", "result"),
    [
        ("", "", "bea", Done("bea", "")),
        ("Bea@phone", "Bea", "bea", Done("bea", "phone")),
        ("", "", "", FAILED),
        ("carl", "carl", "bea", FAILED),
    ],
)
def test_externalAsksWhoseCertificateItIs(
    response: str, name: str, account: str, result: Step
) -> None:
    exchange = begun("EXTERNAL")
    assert exchange.receive(coded(response)) == Fingerprint(name)
    assert exchange.answer(account) == result


# SCRAM-SHA-256.


class Client:
    """
    The other side of SCRAM, by the library.
    """

    def __init__(self, name: str = "bea", password: str = "sesame") -> None:
        self.scram = ScramClient(["SCRAM-SHA-256"], name, password)
        self.exchange = begun("SCRAM-SHA-256")

    def first(self, stored: str, edit: Callable[[str], str] = str) -> str:
        step = self.exchange.receive(coded(edit(self.scram.get_client_first())))
        assert step == Lookup("bea")
        return decoded(self.exchange.answer(stored))

    def last(self, edit: Callable[[str], str] = str) -> Step:
        return self.exchange.receive(coded(edit(self.scram.get_client_final())))


def decoded(step: Step) -> str:
    assert isinstance(step, Send)
    return b64decode("".join(step.params)).decode()


def test_scramProvesBothSidesToEachOther() -> None:
    client = Client()
    client.scram.set_server_first(client.first(KEYS))
    client.scram.set_server_final(decoded(client.last()))
    assert client.exchange.receive("+") == Done("bea", "")


def test_scramFailsWithAWrongPassword() -> None:
    client = Client(password="millet")
    client.scram.set_server_first(client.first(KEYS))
    assert client.last() == FAILED


def test_scramKnowsDevices() -> None:
    client = Client("bea@phone")
    client.scram.set_server_first(client.first(KEYS))
    decoded(client.last())
    assert client.exchange.receive("+") == Done("bea", "phone")


def withAuthzid(client: Client, authzid: str) -> Step:
    """
    The library's client sends none.
    """
    import hashlib
    import hmac

    bare = "n=bea,r=nonce"
    assert client.exchange.receive(coded(f"n,a={authzid},{bare}")) == Lookup("bea")
    serverFirst = decoded(client.exchange.answer(KEYS))
    nonce = serverFirst.split(",")[0]
    salt, storedKey, _, iterations = readScramKeys(KEYS)
    salted = hashlib.pbkdf2_hmac("sha256", b"sesame", salt, iterations)
    clientKey = hmac.digest(salted, b"Client Key", "sha256")
    assert hashlib.sha256(clientKey).digest() == storedKey
    without = f"c={coded(f'n,a={authzid},')},{nonce}"
    signature = hmac.digest(storedKey, f"{bare},{serverFirst},{without}".encode(), "sha256")
    proof = bytes(one ^ two for one, two in zip(clientKey, signature, strict=True))
    return client.exchange.receive(coded(f"{without},p={coded(proof)}"))


def test_scramTakesAnAuthzidThatIsTheSamePerson() -> None:
    client = Client()
    assert decoded(withAuthzid(client, "Bea")).startswith("v=")
    assert client.exchange.receive("+") == Done("bea", "")


def test_anUnknownNameLooksLikeAKnownOneAndAlwaysTheSame() -> None:
    firsts = []
    for name in ("bea", "bea", "BEA"):
        exchange = begun("SCRAM-SHA-256")
        assert exchange.receive(coded(f"n,,n={name},r=abc")) == Lookup(name)
        firsts.append(decoded(exchange.answer("")).split(",")[1:])
        assert exchange.receive(coded("c=biws,r=abc,p=AAAA")) == FAILED
    assert firsts[0] == firsts[1] == firsts[2]
    salt, iterations = firsts[0]
    known = decoded_first(KEYS)
    assert iterations == known[1] == f"i={ITERATIONS}"
    assert len(salt) == len(known[0])
    assert salt != known[0]


def decoded_first(stored: str) -> list[str]:
    client = Client()
    return client.first(stored).split(",")[1:]


def test_anotherNameOrServerHasAnotherInventedSalt() -> None:
    salts = set()
    for name, secret in (("bea", b"1"), ("carl", b"1"), ("bea", b"2")):
        exchange = Exchange("SCRAM-SHA-256", secret)
        exchange.begin()
        exchange.receive(coded(f"n,,n={name},r=abc"))
        salts.add(decoded(exchange.answer("")).split(",")[1])
    assert len(salts) == 3


@pytest.mark.parametrize(
    "first",
    [
        "",
        "n=bea,r=abc",
        "p=tls-unique,,n=bea,r=abc",
        "n,x=bea,n=bea,r=abc",
        "n,a=carl,n=bea,r=abc",
        "n,,m=x,n=bea,r=abc",
        "n,,n=,r=abc",
        b"n,,n=\xff,r=abc",
    ],
)
def test_aFirstMessageThatIsNoneFails(first: str | bytes) -> None:
    assert begun("SCRAM-SHA-256").receive(coded(first)) == FAILED


@pytest.mark.parametrize("first", ["n,,n=bea", "n,,n=bea,r=", "n,,n=bea,r=abc,r=abc"])
def test_aFirstMessageWithoutANonceFails(first: str) -> None:
    exchange = begun("SCRAM-SHA-256")
    assert exchange.receive(coded(first)) == Lookup("bea")
    assert exchange.answer(KEYS) == FAILED


@pytest.mark.parametrize(
    "edit",
    [
        lambda final: final.replace("c=biws", "c=eSws"),
        lambda final: final.replace(",r=", ",r=x"),
        lambda final: final.rpartition(",")[0],
        lambda final: final[:-4] + "AAA=",
        lambda final: "",
        lambda final: final + ",",
    ],
)
def test_aLastMessageThatIsNotSignedSoFails(edit: Callable[[str], str]) -> None:
    client = Client()
    client.scram.set_server_first(client.first(KEYS))
    assert client.last(edit) == FAILED


def test_whatIsStoredCanBeReadAndHoldsNoPassword() -> None:
    salt, storedKey, serverKey, iterations = readScramKeys(KEYS)
    assert (len(salt), len(storedKey), len(serverKey)) == (16, 32, 32)
    assert iterations >= 100_000
    assert "sesame" not in KEYS
    assert makeScramKeys("sesame") != KEYS
    for bad in ("", "SCRAM-SHA-1" + KEYS[13:], KEYS + "$", KEYS.replace(":", "!")):
        with pytest.raises(ValueError, match="not the keys"):
            readScramKeys(bad)


def test_aPasswordThatScramCanNotUseHasNoKeys() -> None:
    assert makeScramKeys("sesame\x07") == ""
    with pytest.raises(ScramException):
        ScramClient(["SCRAM-SHA-256"], "bea", "sesame\x07")


# The frame.


@pytest.mark.parametrize("length", [300, 590, 592, 3000])
def test_aResponseComesInPiecesOf400(length: int) -> None:
    exchange = begun("PLAIN")
    password = "x" * length
    text = coded(f"bea\0bea\0{password}")
    pieces = [text[start : start + 400] for start in range(0, len(text), 400)]
    if len(pieces[-1]) == 400:
        pieces.append("+")
    steps = [exchange.receive(piece) for piece in pieces]
    assert steps[:-1] == [Wait()] * (len(steps) - 1)
    assert steps[-1] == Check("bea", password)


def test_whatIsSentIsInPiecesOf400Too() -> None:
    exchange = begun("SCRAM-SHA-256")
    pieces = coded("n,,n=bea,r=" + "x" * 400)
    assert exchange.receive(pieces[:400]) == Wait()
    exchange.receive(pieces[400:])
    step = exchange.answer(KEYS)
    assert isinstance(step, Send)
    assert len(step.params) == 2
    assert [len(param) == 400 for param in step.params] == [True, False]


def test_aPieceOf400IsNeverTheLast() -> None:
    exchange = begun("SCRAM-SHA-256")
    exchange.receive(coded("n,,n=bea,r=" + "x" * 198))
    step = exchange.answer(KEYS)
    assert isinstance(step, Send)
    assert [len(param) for param in step.params] == [400, 1]
    assert step.params[1] == "+"


def test_aPieceThatIsTooLongIsRefusedAndSoIsTooMuchInAll() -> None:
    assert begun("PLAIN").receive("A" * 401) == Failed("905", "SASL message too long")
    exchange = begun("PLAIN")
    steps = [exchange.receive("A" * 400) for _ in range(MOST // 400 + 1)]
    assert steps[-2:] == [Wait(), FAILED]


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_anAsteriskEndsTheExchange(mechanism: str) -> None:
    exchange = begun(mechanism)
    assert exchange.receive("*") == Failed("906", "SASL authentication aborted")
    assert exchange.receive("+") == FAILED


@pytest.mark.parametrize("piece", ["!!!", "AAA", "é", "AAAA AAAA", "A===", ""])
def test_whatIsNotBase64Fails(piece: str) -> None:
    assert begun("PLAIN").receive(piece) == FAILED


def test_stepsComeInOrder() -> None:
    exchange = begun("PLAIN")
    with pytest.raises(RuntimeError):
        exchange.answer("bea")
    exchange.receive(coded("\0bea\0x"))
    with pytest.raises(RuntimeError):
        exchange.receive("+")


@given(st.sampled_from(sorted(MECHANISMS)), st.lists(st.binary(max_size=60), max_size=4))
def test_whateverComesThereIsAStep(mechanism: str, responses: list[bytes]) -> None:
    exchange = begun(mechanism)
    step: Step = Wait()
    for response in responses:
        step = exchange.receive(coded(response))
        if step.kind in ("check", "lookup", "fingerprint"):
            step = exchange.answer("")
        if step.kind in ("failed", "done"):
            break
    assert step.kind != "done"
