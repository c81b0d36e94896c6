"""What handlers ask Temporal about their call."""

from temporalio import workflow


def update_id() -> str:
    """Return the ID of the update that is being handled."""
    update = workflow.current_update_info()
    if update is None:
        raise RuntimeError("only an update handler has an update ID")
    return update.id
