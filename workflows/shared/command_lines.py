"""Commands that messages tell people to type."""

import shlex


def command_line(program: str, *arguments: str) -> str:
    """Return a command of the project's, quoted for a shell: through uv, which has its environment."""
    return shlex.join(["uv", "run", program, *arguments])
