"""Where log records go. They are written by a thread of their own, so that a slow disk or terminal stops no loop."""

import logging
import queue
import sys
from functools import cache
from logging.handlers import QueueHandler, QueueListener, RotatingFileHandler
from pathlib import Path

from workflows.runtime.exit import BEFORE_EXIT

FILE_BYTES = 5_000_000
LINE = "%(asctime)s %(levelname)-7s %(message)s"


class _ReadableFormatter(logging.Formatter):
    """For people: an error is its own words on the same line, without a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        line = f"{self.formatTime(record)} {record.levelname:<7} {record.getMessage()}"
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line += f": {str(error) or type(error).__name__}"
        return " ".join(line.split())


def log_to_stdout() -> None:
    """Write readable lines, one for each record, to standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_ReadableFormatter())
    _log_to(handler)


def log_to_file(path: Path) -> None:
    """Write everything, with tracebacks, to a file that is rotated at ``FILE_BYTES``. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=FILE_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter(f"{LINE} [%(process)d %(name)s]"))
    _log_to(handler)


@cache
def log_core() -> None:
    """Send the records of Temporal's core the same way, not to standard output; call it before the first client."""
    from temporalio.runtime import LogForwardingConfig, LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

    forwarding = LogForwardingConfig(logger=logging.getLogger("temporalio.core"))
    levels = TelemetryFilter(core_level="WARN", other_level="ERROR")
    runtime = Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(levels, forwarding=forwarding)))
    Runtime.set_default(runtime, error_if_already_set=False)


def _log_to(handler: logging.Handler) -> None:
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    root = logging.getLogger()
    root.handlers = [_RawQueueHandler(records)]
    root.setLevel(logging.INFO)
    logging.captureWarnings(capture=True)  # else they are written over the screen
    for library in ("temporalio", "alembic"):
        logging.getLogger(library).setLevel(logging.WARNING)
    listener = QueueListener(records, handler)
    listener.start()
    BEFORE_EXIT.append(listener.stop)  # writes what is still on its way


class _RawQueueHandler(QueueHandler):
    """Hands records over as they are: the formatter on the other side decides what becomes of a traceback."""

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        return record
