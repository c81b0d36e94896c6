"""The commands of the READMEs, as a reader types them: one after the other, in the order in which they stand there."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
BLOCK = re.compile(r"^( *)```sh\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
SAID = "#   "
"""Begins a line of what the command above answers, perhaps with an `…` where more stands."""
FULL_SCREEN = re.compile(r"^(tconsole|temporal console)( --[^#]*)?( *#.*)?$")
"""Commands that go on until they are left: other tests run them, so it is enough that they are understood."""
TWO_COMMANDS = "pip install uv && "
"""Begins what the demo's test and the test run itself are started with."""
PATIENCE_SECONDS = 120.0
"""A reader tries again what a busy worker refused."""

SHELL = """
pip() { [ "$1" = install ]; }               # what the project's environment has already
uv() { [ "$1" = run ] && shift && "$@" || [ "$1" = tool ]; }
sleep() { :; }                              # a command is repeated until it is not refused
"""


@dataclass
class Command:
    """One command, and the lines that its answer has."""

    text: str
    said: list[str] = field(default_factory=list)


def commands(readme: Path) -> list[Command]:
    """Return the commands of all blocks of shell in a README."""
    found: list[Command] = []
    for indent, block in BLOCK.findall(readme.read_text(encoding="utf-8")):
        lines = iter(line.removeprefix(indent) for line in block.splitlines())
        for line in lines:
            if line.startswith(SAID):
                found[-1].said += [part.strip() for part in line.removeprefix(SAID).split("…") if part.strip(" )")]
            elif line and not line.startswith("#"):
                text = line
                while not _is_whole(text):
                    text += "\n" + next(lines)
                found.append(Command(text))
    return found


def _is_whole(text: str) -> bool:
    here = re.search(r"<<'(\w+)'", text)
    if here:
        return text.endswith(f"\n{here[1]}")
    return re.sub(r" +#.*$", "", text).count("'") % 2 == 0 and not text.endswith("\\")


def readmes() -> list[Path]:
    """Return all READMEs of the project."""
    folders = ("", "console/", "workflows/", "workers/")
    return sorted(path for folder in folders for path in ROOT.glob(f"{folder}{'**/' if folder else ''}README.md"))


async def run(command: Command, environment: Mapping[str, str], folder: Path) -> str:
    """Run it until it answers as the README says; without such a line it must succeed. Return how it failed, or ""."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while True:
        process = await asyncio.create_subprocess_exec(
            *("bash", "-c", SHELL + command.text),
            env=dict(environment),
            cwd=folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        answer = (await process.communicate())[0].decode()
        missing = [line for line in command.said if line not in answer]
        if not missing and (command.said or process.returncode == 0):
            return ""
        if asyncio.get_running_loop().time() > deadline:
            return f"{command.text}\nexit code {process.returncode}, without {missing}:\n{answer}"


async def run_all(readme: Path, environment: Mapping[str, str], folder: Path) -> int:
    """Run all commands of a README, and return their number.

    Raises:
        AssertionError: one does not do what the README says.
    """
    number = 0
    for command in commands(readme):
        if command.text.startswith(TWO_COMMANDS):
            continue
        if endless := FULL_SCREEN.match(command.text):
            command.text = f"{endless[1]}{endless[2] or ''} --version"
        failure = await run(command, environment, folder)
        assert not failure, f"{readme.relative_to(ROOT)}: {failure}"
        number += 1
    return number
