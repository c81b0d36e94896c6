"""Replays histories as the workers would."""

from collections.abc import Sequence

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from tests.support.temporal import BUILD_ID
from workers.building import workflow_options


def replayer(workflows: Sequence[type]) -> Replayer:
    """Return what replays histories as the workers would."""
    return Replayer(
        workflows=workflows,
        data_converter=pydantic_data_converter,
        **workflow_options(),
        build_id=BUILD_ID,
    )
