"""What Slack shows of a request, by the rules alone."""

from datetime import timedelta

import pytest

from tests.support.approvals import NOW, leave, level, under_review
from workflows.approvals.level_models import LevelRule, ResolvedChain, ResolvedLevel
from workflows.approvals.review.review import Review
from workflows.approvals.slack.cards import MAX_DETAILS, decided_words, level_cards, wanted_messages
from workflows.approvals.slack.models import LevelCard
from workflows.approvals.updates import AddComment, Approve, Attach, Reject, RequestChanges, Resubmit, Retract, Withdraw

BEN, CHEN = Approve(approver="ben"), Approve(approver="chen")
LATER = NOW + timedelta(hours=1)
SHA = "a" * 64


def card_of(review: Review, level: int = 0) -> LevelCard:
    """Return the card of a level."""
    return next(card for card in level_cards(review, NOW) if card.level == level)


def test_only_levels_that_were_opened_have_cards() -> None:
    review = under_review(levels=[level("ben"), level("chen", name="second")])
    assert [card.part for card in level_cards(review, NOW)] == ["v1/l0"]
    review.approve(BEN, NOW)
    assert [card.part for card in level_cards(review, NOW)] == ["v1/l0", "v1/l1"]


def test_everybody_who_may_decide_is_asked_however_many() -> None:
    people = [f"person-{number}" for number in range(100)]
    review = Review(leave(), NOW)
    chain = [ResolvedLevel(name="all", rule=LevelRule(), approvers=people, needed=1)]
    review.open(ResolvedChain(levels=chain), NOW)
    assert card_of(review).deciders == people


def test_who_has_voted_is_asked_no_more() -> None:
    review = under_review(levels=[level("ben", "chen", rule={"kind": "all"})])
    review.approve(Approve(approver="ben", comment="worth it"), NOW)
    card = card_of(review)
    assert (card.deciders, card.outcome) == (["chen"], "")
    assert [(each.person, each.decision, each.reason) for each in card.decisions] == [("ben", "approved", "worth it")]
    assert decided_words(card) == "ben approved on 2025-01-31 15:30 UTC"


def test_a_vote_that_was_taken_back_makes_other_buttons() -> None:
    review = under_review(levels=[level("ben", "chen", rule={"kind": "all"})])
    review.approve(BEN, NOW)
    review.retract(Retract(approver="ben"), NOW)
    card = card_of(review)
    assert (card.ballot, card.deciders, card.decisions) == (1, ["ben", "chen"], [])


def test_outcomes() -> None:
    approved = under_review(levels=[level("ben"), level("chen", name="second")])
    approved.approve(BEN, NOW)
    assert card_of(approved).outcome == "Level team is approved"
    approved.approve(CHEN, NOW)
    assert card_of(approved, 1).outcome == "Level second is approved: the request is approved"
    assert decided_words(card_of(approved)) == (
        "Level team is approved: the request is approved: ben approved on 2025-01-31 15:30 UTC"
    )

    rejected = under_review(levels=[level("ben"), level("chen", name="beside") | {"parallel": True}])
    rejected.reject(Reject(approver="ben", reason="no"), NOW)
    assert [card.outcome for card in level_cards(rejected, NOW)] == [
        "Rejected on level team",
        "The request was rejected on another level: no",
    ]
    assert {tuple(card.deciders) for card in level_cards(rejected, NOW)} == {()}

    withdrawn = under_review(levels=[level("ben")])
    withdrawn.withdraw(Withdraw(requester="ana", reason="found some"), NOW)
    assert card_of(withdrawn).outcome == "Withdrawn by ana: found some"

    late = under_review(levels=[level("ben")], expires_at=LATER)
    late.tick(LATER)
    assert card_of(late).outcome == "Expired: it was not decided before it expired"


def test_a_new_version_shows_what_changed() -> None:
    review = under_review(levels=[level("ben")], details={"days": 10, "place": "Porto"})
    before = card_of(review)
    assert before.details == [("days", "10"), ("place", "Porto")]
    review.request_changes(RequestChanges(approver="ben", reason="shorter"), NOW)
    assert card_of(review).outcome == "Sent back for changes by ben: shorter"
    review.resubmit(Resubmit(requester="ana", details={"days": 5, "place": "Porto"}, note="half"), None, NOW)
    card = card_of(review)
    assert (card.part, card.changes, card.outcome) == ("v2/l0", ["details.days was 10 and is 5"], "")
    assert card.content_hash != before.content_hash


def test_a_card_is_bounded() -> None:
    review = under_review(levels=[level("ben")], details={f"field{number}": "x" * 400 for number in range(20)})
    review.attach(Attach(author="ana", name="offer", url="https://files.example.com/a.pdf", sha256=SHA), NOW)
    details = card_of(review).details
    assert (len(details), details[-1]) == (MAX_DETAILS + 1, ("more", f"{21 - MAX_DETAILS} more in the console"))
    assert max(len(text) for _, text in details) <= 300


@pytest.mark.parametrize("console_only", [False, True])
def test_a_level_of_the_console_takes_no_vote_from_slack(console_only: bool) -> None:  # noqa: FBT001 - a case
    review = under_review(levels=[level("ben") | {"console_only": console_only}])
    assert card_of(review).console_only == console_only
    refusal = review.why_not_vote(Approve(approver="ben", channel="slack"), NOW)
    words = "channel: level team is decided in the console only" if console_only else None
    assert (refusal and refusal.words) == words
    assert review.why_not_vote(BEN, NOW) is None


def test_comments_name_where_they_were_written() -> None:
    review = under_review(levels=[level("ben")])
    review.comment(AddComment(author="fay", text="yes", source="slack/C1/1.1"), NOW)
    wanted = wanted_messages(review, [], NOW, sequence=len(review.trail))
    assert [(comment.text, comment.source) for comment in wanted.comments] == [("yes", "slack/C1/1.1")]
    assert (wanted.version, wanted.sequence, wanted.notices) == (1, len(review.trail), [])
