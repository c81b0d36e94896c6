"""Replays histories as the workers would."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import ParamSpec, TypeVar

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from tests.support.temporal import BUILD_ID
from workers.building import workflow_options

P = ParamSpec("P")
T = TypeVar("T")


class _Unhurried(ThreadPoolExecutor):
    """Has the SDK not wait for a workflow task that runs: after 2 s it would take a busy machine for a deadlock."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run ``fn`` to its end."""
        running = super().submit(fn, *args, **kwargs)
        wait([running])
        return running


UNHURRIED = _Unhurried(max_workers=1)


def replayer(workflows: Sequence[type]) -> Replayer:
    """Return what replays histories as the workers would."""
    return Replayer(
        workflows=workflows,
        data_converter=pydantic_data_converter,
        **workflow_options(),
        workflow_task_executor=UNHURRIED,
        build_id=BUILD_ID,
    )
