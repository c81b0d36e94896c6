"""Keeps workers from going on with a store that does not know what their workflows did.

A new, empty store knows of no payment and no reservation, so that everything could happen again.
"""

import logging
from collections.abc import Sequence

from temporalio.api.workflow.v1 import WorkflowExecutionInfo
from temporalio.api.workflowservice.v1 import (
    GetWorkflowExecutionHistoryReverseRequest,
    ListWorkflowExecutionsRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workers.store.errors import UnfitStoreError
from workers.store.identity import StoreIds
from workers.supervisor.store_mismatch import store_of
from workflows.shared.client import CALL_TIMEOUT
from workflows.shared.command_lines import command_line
from workflows.shared.summary import STAGE

log = logging.getLogger(__name__)

EVENTS = 50
"""How many of a run's latest events are looked through for its worker."""


async def refuse_lost_store(
    client: Client, task_queues: Sequence[str], ids: StoreIds | None, where: str, *, registered: bool
) -> None:
    """Look whether workflows of ours, open or closed, were worked on with another store; ``ids`` is None without one.

    ``registered`` is whether the namespace knows the search attributes: then workflows that no worker has begun need
    no store.

    Raises:
        UnfitStoreError: they were, in one line for people.
        RPCError: the server does not answer.
    """
    run = await _a_run(client, task_queues, registered=registered)
    if run is None:
        return
    theirs = await _store_of_run(client, run)
    if ids is not None and (theirs is None or ids.knows(theirs)):
        return
    found = "there is none" if ids is None else f"that is another one, {ids.own}"
    adopt = command_line("tconsole", "store", "adopt", *([theirs] if theirs else []))
    raise UnfitStoreError(
        f"the server holds workflows of ours, such as {run.execution.workflow_id}, whose store is"
        f" {theirs or 'lost'}; at {where} {found}: put the store back, or restore a backup, or start with a new data"
        f" folder; to go on without what it knew: {adopt}"
    )


async def _a_run(client: Client, task_queues: Sequence[str], *, registered: bool) -> WorkflowExecutionInfo | None:
    queues = ", ".join(f"'{queue}'" for queue in task_queues)
    begun = f" AND {STAGE.name} IS NOT NULL" if registered else ""
    request = ListWorkflowExecutionsRequest(
        namespace=client.namespace, page_size=1, query=f"TaskQueue IN ({queues}){begun}"
    )
    try:
        answer = await client.workflow_service.list_workflow_executions(request, retry=True, timeout=CALL_TIMEOUT)
    except RPCError as error:
        if error.status not in {RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.INVALID_ARGUMENT}:
            raise
        log.warning("cannot look for workflows of another store: %s", error.message)
        return None
    return answer.executions[0] if answer.executions else None


async def _store_of_run(client: Client, run: WorkflowExecutionInfo) -> str | None:
    """Return the ID of the store of the run's latest worker, if that can be told."""
    request = GetWorkflowExecutionHistoryReverseRequest(
        namespace=client.namespace, execution=run.execution, maximum_page_size=EVENTS
    )
    answer = await client.workflow_service.get_workflow_execution_history_reverse(
        request, retry=True, timeout=CALL_TIMEOUT
    )
    identities = (
        event.workflow_task_completed_event_attributes.identity
        for event in answer.history.events
        if event.HasField("workflow_task_completed_event_attributes")
    )
    return next((found for identity in identities if (found := store_of(identity))), None)
