"""Baseline of memory: a process that has imported the product's libraries and is idle."""

import importlib
import sys

LIBRARIES = ("temporalio.client", "temporalio.worker", "textual.app", "textual.widgets")

if __name__ == "__main__":
    for library in LIBRARIES:
        importlib.import_module(library)
    sys.stdout.write("imported\n")
    sys.stdout.flush()
    sys.stdin.read()
