"""Log filters: what is not our fault becomes one line without a traceback."""

import logging

from temporalio.exceptions import ApplicationError

ACTIVITY = "temporalio.activity"
WORKFLOW = ("temporalio.worker._workflow", "temporalio.worker._workflow_instance")
CORE = "temporalio.core"

NO_INPUT = "Expected workflow input"
"""The SDK's error for a workflow that was started by hand without an input."""
CORE_SAYS = {
    "Query not found when attempting to respond": "a query was answered after whoever asked had gone",
    f"Failing legacy query request|{NO_INPUT}": "a query was refused: the workflow has an input that cannot be read",
}
"""Parts of core messages that contain a whole failure, and the line to write instead."""


def install_log_filters() -> None:
    """Write refusals, and queries of workflows that cannot run, as one line at INFO each. More calls change nothing."""
    for name in (ACTIVITY, *WORKFLOW):
        logging.getLogger(name).addFilter(_refusal_in_a_line)
    logging.getLogger(CORE).addFilter(_core_in_a_line)


def _refusal_in_a_line(record: logging.LogRecord) -> bool:
    """Shorten refusals: to refuse a request is normal work of an activity or a workflow."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, ApplicationError) and error.non_retryable:
        details = getattr(record, "temporal_activity", {})
        whose = " of ".join(str(details[name]) for name in ("activity_type", "workflow_id") if name in details)
        _rewrite(record, f"{whose or 'a workflow'}: refused: {error.message}")
    elif error is not None and NO_INPUT in str(error):
        text = record.getMessage().removeprefix("Failed activation on ")
        _rewrite(record, f"{text}: its input cannot be read", logging.WARNING)
    return True


def _core_in_a_line(record: logging.LogRecord) -> bool:
    said = record.getMessage()
    for parts, line in CORE_SAYS.items():
        if all(part in said for part in parts.split("|")):
            _rewrite(record, line)
    return True


def _rewrite(record: logging.LogRecord, line: str, level: int = logging.INFO) -> None:
    record.msg, record.args, record.exc_info, record.exc_text = " ".join(line.split()), (), None, None
    record.levelno, record.levelname = level, logging.getLevelName(level)
