"""
What is installed is all that is needed, and no more.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile

import pytest

from tests.integration.lineclient import PATIENCE
from tests.integration.running import CHECKOUT, absent, environment

pytestmark = pytest.mark.integration

SOURCES = ("pyproject.toml", "README.md", "LICENSE", "twisted", "twisted_chat")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """
    The names of the files in a wheel made of a copy of the checkout.
    """
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        if (CHECKOUT / name).is_dir():
            shutil.copytree(
                CHECKOUT / name, source / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(CHECKOUT / name, source / name)
    # As twistd leaves it in a checkout.
    (source / "twisted" / "plugins" / "dropin.cache").write_bytes(b"")
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "-q", str(source)]
    done = subprocess.run(
        [*command, "-w", str(folder)],
        env=environment(folder, PIP_DISABLE_PIP_VERSION_CHECK="1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=4 * PATIENCE,
    )
    if "Could not find a version that satisfies" in done.stdout:
        absent("the program that builds wheels can't be fetched here")
    assert done.returncode == 0, done.stdout
    (built,) = folder.glob("twisted_chat-*.whl")
    with zipfile.ZipFile(built) as opened:
        return opened.namelist()


def test_thePluginIsThereAndNothingThatWouldHideTwistedsOwn(wheel: list[str]) -> None:
    """
    One plugin; no cache of plugins, and no package named C{twisted}.
    """
    ours = [name for name in wheel if name.startswith("twisted/")]
    assert ours == ["twisted/plugins/twisted_chat_plugin.py"]


def test_allOfThePackageIsThere(wheel: list[str]) -> None:
    """
    The migrations too; and no tests.
    """
    sources = {
        str(file.relative_to(CHECKOUT)) for file in (CHECKOUT / "twisted_chat").rglob("*.py")
    }
    assert sources <= set(wheel)
    assert "twisted_chat/storage/migrations/versions/v0001_first.py" in wheel
    tops = {name.partition("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"twisted", "twisted_chat"}


def test_theWheelHasTheLicenceAndTheCommand(wheel: list[str]) -> None:
    ends = [name.partition(".dist-info/")[2] for name in wheel if ".dist-info/" in name]
    assert "entry_points.txt" in ends
    assert "licenses/LICENSE" in ends
