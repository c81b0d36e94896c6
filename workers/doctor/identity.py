"""Looks at the operators file, and at the key of the workers."""

from workers.doctor.result import IDENTITY, Result, one_line
from workflows.runtime.settings import Settings, SettingsError
from workflows.runtime.signing import WORKERS, key_file, read_key
from workflows.shared.command_lines import command_line
from workflows.shared.counts import number_of
from workflows.shared.identity.operators import OperatorsError, read_operators

OPEN = "open: anybody who reaches the server may name anyone"
ASK = "TCONSOLE_IDENTITY=signed asks for signatures"


def check_identity(settings: Settings) -> Result:
    """Check that messages can be signed and verified, where they must be signed."""
    if settings.identity == "open":
        return Result(IDENTITY, "off", OPEN, ASK)
    file = settings.resolved_operators_file
    try:
        operators = read_operators(file)
    except OperatorsError as error:
        return Result(IDENTITY, "wrong", one_line(error), "correct it: the workers keep to what it said before")
    add = command_line("tconsole", "operators", "add", WORKERS)
    workers = operators.entry(WORKERS)
    if workers is None or workers.removed_at is not None:
        return Result(IDENTITY, "wrong", f"signed, and {file} has no {WORKERS}: they cannot act", add)
    private = key_file(settings.data_dir, WORKERS)
    try:
        if private.exists():  # the workers may be on another machine
            read_key(private)
    except SettingsError as error:
        return Result(IDENTITY, "wrong", one_line(error))
    known = [operator for operator in operators.file.operator if operator.removed_at is None]
    return Result(IDENTITY, "fine", f"signed, {number_of(len(known), 'operator')} in {file}")
