"""The command that shows the same history."""

from console.gateway.rows import RowKey
from console.start.state import Server
from workflows.shared.command_lines import command_line


def show_command(server: Server, key: RowKey) -> str:
    """Return `temporal workflow show` for a run, to be typed in a shell."""
    run = ("--run-id", key.run_id) if key.run_id else ()
    where = ("--address", server.address, "--namespace", server.namespace)
    return command_line("temporal", "workflow", "show", "--workflow-id", key.workflow_id, *run, *where)
