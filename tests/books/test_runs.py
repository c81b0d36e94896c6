"""The latest run of each workflow is found, whatever its ID is made of."""

import pytest
from temporalio.client import Client

from tests.support.eventually import eventually
from tests.support.temporal import fresh
from workers.books import runs
from workers.books.runs import Runs

IDS = ["plain", "with 'apostrophes'", 'with "quotes"', "back\\slash", "ЛАМПА-1", "gid://shop/Order/1001", "a, b) OR (c"]


async def test_ids_of_any_characters(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "IDS_A_CALL", 2)
    monkeypatch.setattr(runs, "PAGE", 1)
    prefix, queue = fresh("W"), fresh("queue")
    ids = [f"{prefix} {each}" for each in IDS]
    for each in ids:
        first = await client.start_workflow("Anything", id=each, task_queue=queue)
        await first.terminate()
    latest = {each: (await client.start_workflow("Anything", id=each, task_queue=queue)).result_run_id for each in ids}
    looking = Runs(client)
    wanted = [*ids, f"{prefix} unknown", f'{prefix} "unknown"']
    # List lags.
    found = await eventually(
        lambda: looking.find(wanted),
        lambda runs: {each: run.run_id for each, run in runs.items()} == latest,
        seconds=30,
    )
    assert {run.words for run in found.values()} == {"runs"}
    for each in ids:
        await client.get_workflow_handle(each).terminate()
    await eventually(
        lambda: looking.find(ids), lambda all_: {run.words for run in all_.values()} == {"was terminated"}, seconds=9
    )
