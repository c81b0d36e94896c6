"""The workers' process with a Slack: it brings requests there, decides what is clicked, and ends."""

import signal
from pathlib import Path

from temporalio.client import Client

from tests.slack.api import APP_TOKEN, BOT_TOKEN
from tests.slack.render import Seen
from tests.slack.server import SlackServer, strict_slack
from tests.support.eventually import eventually
from tests.support.processes import clean_environment, workers_process
from tests.support.temporal import connection, fresh
from workers.registry import SYSTEMS
from workers.store.migrate import open_store
from workers.system import fill_sample
from workflows.approvals.client import ApprovalsClient
from workflows.approvals.models import ApprovalRequest


async def asked(slack: SlackServer, name: str) -> Seen:
    """Return the message that asks a person, waiting for it."""

    def look() -> Seen | None:
        return next((seen for seen in slack.person(name).sees() if "Approve" in seen.labels), None)

    found = await eventually(look)
    assert found is not None
    return found


async def test_two_processes_bring_requests_to_slack_and_take_clicks(own_namespace: Client, tmp_path: Path) -> None:
    async with strict_slack() as slack:
        environment = clean_environment(
            tmp_path,
            TCONSOLE_DATA_DIR=str(tmp_path / "data"),
            **connection(own_namespace),
            TCONSOLE_SLACK_TOKEN=BOT_TOKEN,
            TCONSOLE_SLACK_APP_TOKEN=APP_TOKEN,
            TCONSOLE_SLACK_BASE_URL=slack.base_url,
        )
        store = await open_store(f"sqlite:///{environment['TCONSOLE_DATA_DIR']}/store.sqlite")
        await fill_sample(SYSTEMS, store)
        await store.close()
        approvals = ApprovalsClient(own_namespace)
        with workers_process("run", environment=environment) as first:
            await first.says("ready")
            with workers_process("run", environment=environment) as second:
                await second.says("ready")
                await eventually(lambda: len(slack.socket.connections) == 2)
                request = ApprovalRequest(request_id=fresh("REQ"), kind="leave", title="Two weeks", requester="ana")
                await approvals.start(request)
                slack.faults.duplicates = 1  # over both connections
                assert await slack.person("ben").clicks(await asked(slack, "ben"), "Approve").done()
                await asked(slack, "chen")
                second.process.send_signal(signal.SIGTERM)
                assert await second.exit_code() == 0
            await eventually(lambda: len(slack.socket.connections) == 1)
            assert await slack.person("chen").clicks(await asked(slack, "chen"), "Approve").done()
            state = await eventually(
                lambda: approvals.get_state(request.request_id), lambda state: state.status == "APPROVED"
            )
            assert [[vote.channel for vote in each.votes] for each in state.levels] == [["slack"], ["slack"]]
            await eventually(lambda: [seen.labels for seen in slack.person("emeka").sees()] == [()])
            first.process.send_signal(signal.SIGTERM)
            assert await first.exit_code() == 0
    assert "chat.postEphemeral" not in slack.called
