"""Replays histories as the workers would."""

from collections.abc import Sequence

import pydantic
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from tests.support.temporal import BUILD_ID


def replayer(workflows: Sequence[type]) -> Replayer:
    """Return a replayer; an input that does not fit its model fails the workflow, as on the workers."""
    return Replayer(
        workflows=workflows,
        data_converter=pydantic_data_converter,
        workflow_failure_exception_types=[pydantic.ValidationError],
        build_id=BUILD_ID,
    )
