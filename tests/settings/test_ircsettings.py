"""
L{twisted_chat.settings.irc}: who may do what on IRC, and where TLS is.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from twisted_chat.config import load
from twisted_chat.settings.kinds import SettingsError

HASH = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaA"


def test_operatorsGatewaysAndSeparatorsAreTermsOfIrc() -> None:
    settings = load(
        overrides={
            "irc.operators": [f"root:{HASH}"],
            "irc.webirc": ["pass@word@192.0.2.1,2001:db8::/32"],
            "irc.relay_separators": "/&",
        }
    )
    terms = settings.irc.terms(())
    assert terms.operators == {"root": HASH}
    (gateway,) = terms.gateways
    assert gateway.password == "pass@word"
    assert "2001:db8::9" in gateway.addresses
    assert "192.0.2.2" not in gateway.addresses
    assert terms.relaySeparators == "/&"
    assert "pass@word" not in repr(settings)
    assert HASH not in repr(settings)


@pytest.mark.parametrize(
    ("path", "value", "secret"),
    [
        ("irc.operators", ["root:hunter2"], "hunter2"),
        ("irc.operators", [HASH], HASH),
        ("irc.operators", [f"root:{HASH}", f"root:{HASH}"], HASH),
        ("irc.operators", 5, ""),
        ("irc.webirc", ["hunter2"], "hunter2"),
        ("irc.webirc", ["hunter2@somewhere"], "hunter2"),
        ("irc.relay_separators", "x", ""),
    ],
)
def test_whatIsWrongIsSaidWithItsPathAndWithoutSecrets(
    path: str, value: object, secret: str, tmp_path: Path
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(overrides={path: value}, folder=tmp_path)
    assert str(caught.value).startswith(path + ": ")
    assert not secret or secret not in str(caught.value)
