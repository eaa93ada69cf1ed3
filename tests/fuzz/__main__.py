"""
The properties of this folder with as much time as is wanted: C{python -m tests.fuzz --minutes 60}.

They take turns. One that fails is shown with its smallest example and left out from then on; the
exit code is then 1.
"""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Sequence

from hypothesis import Phase, Verbosity, settings

from tests.fuzz import clients, parsers, towns
from tests.fuzz.property import Property

PROPERTIES = {
    each.name: each for each in (*parsers.PROPERTIES, *clients.PROPERTIES, *towns.PROPERTIES)
}

SECONDS_A_TURN = 10.0
FIRST_EXAMPLES = 20
MOST_EXAMPLES = 5000
MINUTE = 60.0


def parseArguments(arguments: Sequence[str]) -> argparse.Namespace:
    """
    @raise SystemExit: with a usage error, or after C{--help}.
    """
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description="Throw things at everything that reads bytes."
    )
    parser.add_argument("properties", nargs="*", help=f"of {', '.join(PROPERTIES)}: all of them")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long, in all (60)")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.properties if name not in PROPERTIES]
    if unknown:
        parser.error(f"there is no property {unknown[0]!r}")
    return options


class Contender:
    """
    A property that takes turns with others.

    @ivar examples: how many it has held for.
    """

    def __init__(self, property: Property) -> None:
        self._property = property
        self._next = FIRST_EXAMPLES
        self.name = property.name
        self.examples = 0

    def run(self) -> None:
        """
        One turn, of about L{SECONDS_A_TURN}: how many examples that are, is learned.

        @raise BaseException: see L{Property.check}.
        """
        how = settings(
            max_examples=self._next,
            deadline=None,
            database=None,
            verbosity=Verbosity.normal,
            phases=(Phase.generate, Phase.target, Phase.shrink),
        )
        begun = time.monotonic()
        self._property.check(how)
        self.examples += self._next
        pace = self._next / max(time.monotonic() - begun, 0.01)
        self._next = max(FIRST_EXAMPLES, min(MOST_EXAMPLES, int(pace * SECONDS_A_TURN)))


def main(arguments: Sequence[str]) -> int:
    """
    @return: the exit code: 1 if something did not hold.
    """
    options = parseArguments(arguments)
    names = options.properties or list(PROPERTIES)
    contenders = [Contender(PROPERTIES[name]) for name in names]
    running, failed = list(contenders), []
    end = time.monotonic() + options.minutes * MINUTE
    while running and time.monotonic() < end:
        contender = running.pop(0)
        try:
            contender.run()
        except KeyboardInterrupt:
            break
        except BaseException:  # Hypothesis groups several failures into a group of exceptions.
            failed.append(contender.name)
            print(f"\n{contender.name} does not hold:\n{traceback.format_exc()}", flush=True)
        else:
            running.append(contender)
    for contender in contenders:
        verdict = "FAILED" if contender.name in failed else "holds"
        print(f"{contender.name:20} {contender.examples:9,} examples  {verdict}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
