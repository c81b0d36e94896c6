"""What the doctor found, as people and scripts read it."""

import json

import pytest

from workers.doctor.result import Result, State, all_fine, as_json, as_text
from workers.doctor.sharing import Seen, compare_stores
from workers.doctor.store import store_result
from workers.doctor.temporal import attributes_result, workers_result
from workers.store.identity import StoreIds
from workers.store.migrate import REVISION
from workflows.runtime.search_attributes import TYPES


def test_each_check_is_one_line_whatever_came_from_outside() -> None:
    results = [Result("server", "fine", "here"), Result("mail", "wrong", "no\nanswer\x1b[2J", "look")]
    assert as_text(results).splitlines() == [
        "server            fine  here",
        "mail              wrong no answer [2J; look",
    ]


def test_scripts_get_a_list() -> None:
    found = json.loads(as_json([Result("mail", "off", "kept", "set it")]))
    assert found == [{"check": "mail", "state": "off", "words": "kept", "remedy": "set it"}]


@pytest.mark.parametrize(
    ("check", "state", "fine"),
    [("store", "fine", True), ("store", "wrong", False), ("workers", "wrong", False), ("mail", "wrong", True)],
)
def test_only_what_is_essential_decides(check: str, state: State, *, fine: bool) -> None:
    assert all_fine([Result(check, state, "")]) is fine


def test_missing_search_attributes_come_with_the_command_that_registers_them() -> None:
    assert attributes_result((), "h:1", "n").state == "fine"
    found = attributes_result({"BizWaitingFor", "BizAmount"}, "h:1", "my space")
    assert found.words.endswith("BizAmount, BizWaitingFor")
    assert found.remedy.endswith(
        "uv run temporal operator search-attribute create --address h:1 --namespace 'my space'"
        " --name BizAmount --type Int --name BizWaitingFor --type KeywordList"
    )
    assert all(f"--name {name} " in attributes_result(TYPES, "h:1", "n").remedy for name in TYPES)


def test_only_queues_without_a_worker_are_named() -> None:
    assert workers_result({"a": {"x"}, "b": set()}).words == "nobody polls b"
    assert workers_result({"a": {"x", "y"}}) == Result("workers", "fine", "2 on a")


@pytest.mark.parametrize(
    ("revision", "remedy"), [(REVISION, ""), ("0001", "which upgrade it"), ("9999", "upgrade tconsole")]
)
def test_a_store_of_another_revision_is_wrong(revision: str, remedy: str) -> None:
    found = store_result("sqlite:///s", revision, "cafe")
    assert (found.state == "fine") is (revision == REVISION)
    assert found.remedy.endswith(remedy)


def test_workers_with_another_store_are_told_by_their_identities() -> None:
    fine = Result("store", "fine", "sqlite:///s")
    ours = StoreIds("0000000a", frozenset({"0000000b"}))
    known = {"workers-0000000a-00000000-1@h", "workers-0000000b-00000000-2@h", "somebody-3@h"}
    assert compare_stores(fine, Seen(ours, known)) == fine
    found = compare_stores(fine, Seen(ours, known | {"workers-0000000c-00000000-4@h"}))
    assert (found.state, found.words) == ("wrong", "sqlite:///s, but workers use another one (ID 0000000c)")
    assert compare_stores(fine, Seen(None, known)) == fine
