"""`tconsole doctor`, as scripts see it: words and exit codes."""

import json
import socket
from pathlib import Path

import pytest
from temporalio.client import Client

from tests.books.conftest import run_temporal
from tests.support.processes import clean_environment, free_port, workers_process
from tests.support.temporal import connection, new_namespace
from workers.registry import SYSTEMS
from workers.store.migrate import open_store

SECRET = "s3cret-of-nobody"  # noqa: S105 - of no real service


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Give settings of the test's own, with an address where nobody answers."""
    return clean_environment(tmp_path, TCONSOLE_DATA_DIR=str(tmp_path), TEMPORAL_ADDRESS="127.0.0.1:1")


async def examine(environment: dict[str, str]) -> tuple[int, dict[str, dict[str, str]]]:
    with workers_process("doctor", "-o", "json", environment=environment) as run:
        code = await run.exit_code()
        return code, {found["check"]: found for found in json.loads("\n".join(run.lines))}


async def test_a_server_without_workers(client: Client, environment: dict[str, str], tmp_path: Path) -> None:
    here = environment | connection(await new_namespace(client, search_attributes=False))
    code, found = await examine(here)
    assert code == 1
    assert found["server"]["state"] == found["namespace"]["state"] == found["time zones"]["state"] == "fine"
    assert found["search attributes"]["state"] == "wrong"
    assert found["workers"]["words"] == f"nobody polls {', '.join(system.task_queue for system in SYSTEMS)}"
    assert "uv run tconsole --workers-only" in found["workers"]["remedy"]
    assert found["store"]["words"] == f"there is no store at sqlite:///{tmp_path}/store.sqlite"
    off = {check: one["remedy"] for check, one in found.items() if one["state"] == "off"}
    assert off == {
        "mail": "TCONSOLE_SMTP_HOST turns it on",
        "Slack": "TCONSOLE_SLACK_TOKEN turns it on",
        "payment provider": "TCONSOLE_STRIPE_API_KEY turns Stripe on",
        "identity": "TCONSOLE_IDENTITY=signed asks for signatures",
    }
    assert not (tmp_path / "store.sqlite").exists()

    await (await open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")).close()
    code, found = await examine(here)
    assert (code, found["store"]["state"]) == (1, "fine")
    assert found["search attributes"]["state"] == "wrong", "the doctor has registered them"

    await run_temporal(found["search attributes"]["remedy"].partition(", or: ")[2])
    assert (await examine(here))[1]["search attributes"]["state"] == "fine"


async def test_no_server_is_said_once(environment: dict[str, str]) -> None:
    with workers_process("doctor", environment=environment) as run:
        assert await run.exit_code() == 1
        (line,) = [line for line in run.lines if "no Temporal server answers at 127.0.0.1:1" in line]
        assert line.startswith("server ")
        assert len([line for line in run.lines if line.endswith("unknown without the server")]) == 3


async def test_an_unknown_namespace_is_no_missing_server(client: Client, environment: dict[str, str]) -> None:
    code, found = await examine(environment | connection(client) | {"TEMPORAL_NAMESPACE": "nowhere"})
    assert (code, found["server"]["state"], found["namespace"]["state"]) == (1, "fine", "wrong")
    assert "temporal operator namespace create" in found["namespace"]["remedy"]


async def test_services_that_do_not_answer_are_wrong_and_no_secret_is_shown(environment: dict[str, str]) -> None:
    nobody = free_port()
    broken = environment | {
        "TCONSOLE_SMTP_HOST": "127.0.0.1",
        "TCONSOLE_SMTP_PORT": str(nobody),
        "TCONSOLE_SMTP_PASSWORD": SECRET,
        "TCONSOLE_SLACK_TOKEN": SECRET,
        "TCONSOLE_SLACK_BASE_URL": f"http://127.0.0.1:{nobody}/api/",
        "TCONSOLE_STRIPE_API_KEY": SECRET,
        "TCONSOLE_STRIPE_BASE_URL": f"http://127.0.0.1:{nobody}",
    }
    _, found = await examine(broken)
    assert {found[check]["state"] for check in ("mail", "Slack", "payment provider")} == {"wrong"}
    assert SECRET not in str(found)


async def test_nothing_waits_for_what_never_answers(environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        where = f"127.0.0.1:{silent.getsockname()[1]}"
        stuck = environment | {
            "TEMPORAL_ADDRESS": where,
            "TCONSOLE_STORE_URL": f"postgresql://user:{SECRET}@{where}/store",
            "TCONSOLE_SMTP_HOST": "127.0.0.1",
            "TCONSOLE_SMTP_PORT": where.partition(":")[2],
            "TCONSOLE_SLACK_TOKEN": SECRET,
            "TCONSOLE_SLACK_BASE_URL": f"http://{where}/api/",
            "TCONSOLE_STRIPE_API_KEY": SECRET,
            "TCONSOLE_STRIPE_BASE_URL": f"http://{where}",
        }
        code, found = await examine(stuck)
    assert code == 1
    assert "nothing came within 3 s" in found["server"]["words"]
    slow = {check for check, one in found.items() if one["words"] == "no answer within 3 s"}
    assert slow == {"store", "mail", "Slack", "payment provider"}
    assert SECRET not in str(found)


async def test_a_wrong_setting_is_wrong_usage(environment: dict[str, str]) -> None:
    with workers_process("doctor", environment=environment | {"TCONSOLE_SMTP_PORT": "many"}) as run:
        assert await run.exit_code() == 2
        assert "TCONSOLE_SMTP_PORT" in run.lines[0]
