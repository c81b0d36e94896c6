"""Temporal's list filter as it is typed: what is wrong with it, and how it may go on."""

import pytest

from console.search.completion import SYSTEM_ATTRIBUTES, Vocabulary
from console.search.list_filter import problem

WORDS = Vocabulary(
    {**SYSTEM_ATTRIBUTES, "BizAmount": "Int", "BizStage": "Keyword", "BizWaitingFor": "KeywordList"},
    {"BizStage": ("PAID", "SHIPPED"), "ExecutionStatus": ("Running",)},
)


@pytest.mark.parametrize(
    "text",
    [
        "BizAmount >= 10000 AND BizStage = 'PAID'",
        "(BizOwner IN ('a', 'b') OR BizAttention IS NOT NULL) AND StartTime BETWEEN '2026-01-01' AND '2026-02-01'",
        "BizOwner = 'it\\'s (odd'",
        'BizOwner = "x) OR (y"',
        "`BizStage` STARTS_WITH 'P'",
    ],
)
def test_a_filter_may_be_one(text: str) -> None:
    assert problem(text) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (" ", "it is empty"),
        ("BizStage = 'PAID", "a text that begins with ' does not end"),
        ("BizStage = 'PAID') OR (WorkflowType = 'Other'", "there is a ) without its ("),
        ("(BizStage = 'PAID'", "a ) is missing"),
        ("BizStage = 'PAID' AND", "something must follow AND"),
        ("BizStage = 'PAID' ORDER BY StartTime", "ORDER is no part of a list filter"),
        ("BizStage = 'PAID'; x", "; has no meaning"),
    ],
)
def test_what_cannot_be_one_is_said_without_asking_the_server(text: str, words: str) -> None:
    assert words in problem(text)


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("", "BizAmount"),
        ("bizs", "BizStage"),
        ("BizAmount ", "="),
        ("BizStage ST", "STARTS_WITH"),
        ("BizStage = ", "'PAID'"),
        ("BizStage = 'S", "'SHIPPED'"),
        ("BizStage IN ", "("),
        ("BizStage IN ('PAID', ", "'PAID'"),
        ("BizStage NOT I", "IN"),
        ("BizStage = 'PAID' ", "AND"),
        ("BizStage = 'PAID' AND Ex", "ExecutionDuration"),
        ("BizAmount BETWEEN 1 AND 2 ", "AND"),
        ("BizAttention IS ", "NULL"),
        ("(BizAttention IS NULL) o", "OR"),
        ("StartTime > ", "'2026-01-31T00:00:00Z'"),
        ("BizWaitingFor ", "="),
    ],
)
def test_the_next_word_is_proposed(text: str, first: str) -> None:
    assert WORDS.proposals(text)[0] == first


def test_a_proposal_takes_the_place_of_the_word_that_is_typed() -> None:
    assert WORDS.completed("BizAmount > 1 and bizst") == "BizAmount > 1 and BizStage"
    assert WORDS.completed("BizStage = 'sh") == "BizStage = 'SHIPPED'"
    assert WORDS.completed("BizAmount > ") is None
    assert WORDS.completed("nothing_of_the_kind") is None


def test_a_keyword_list_is_not_compared() -> None:
    assert ">" not in WORDS.proposals("BizWaitingFor ")
    assert "STARTS_WITH" not in WORDS.proposals("BizAmount ")
