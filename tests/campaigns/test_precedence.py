"""Who gets the room under a cap of several messages that were refused until the same time."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.campaigns.test_actor_state import new_state
from tests.support.campaigns import capped, send
from tests.support.profiles import examples
from workflows.campaigns.actor_state import ActorState
from workflows.campaigns.models import Decision, Preferences, QuietHours, SendDecision
from workflows.campaigns.precedence import ASK_AGAIN, KEPT, MAX_PLACES
from workflows.campaigns.send_window import SendWindow
from workflows.campaigns.sending import read_zones

NIGHT = datetime(2025, 3, 3, 23, tzinfo=UTC)
MORNING = datetime(2025, 3, 4, 7, tzinfo=UTC)


def quiet_actor(limit: int) -> ActorState:
    """Return the actor of a user with quiet hours from 22:00 to 07:00."""
    state = new_state(capped(limit))
    hours = QuietHours(start="22:00", end="07:00", timezone="UTC")
    state.preferences = Preferences(quiet_hours=hours)
    state.zones = read_zones({"UTC"}, NIGHT)
    return state


def ask(state: ActorState, send_id: str, priority: int, at: datetime, *, waits: bool = True) -> SendDecision:
    """Ask for a message, through the JSON of the next run."""
    name = send_id if waits else None
    request = send(send_id, priority=priority, waits_as=name, capped_as=name)
    expected = state.decide(request, at)
    answer = state.reserve(request, at, update_id=f"{send_id}-{at}")
    assert answer == expected
    return answer


@given(data=st.data())
@examples(60, far=5_000, shrinks=True)
def test_the_highest_priorities_get_the_room(data: st.DataObject) -> None:
    """Whatever the order in which they were refused, and in which they ask again, more than once too."""
    limit = data.draw(st.integers(1, 3))
    priorities = data.draw(st.dictionaries(st.sampled_from("ABCDEFG"), st.integers(0, 3), min_size=1))
    state = quiet_actor(limit)
    for number, send_id in enumerate(data.draw(st.permutations(sorted(priorities)))):
        refused = ask(state, send_id, priorities[send_id], NIGHT + timedelta(minutes=number))
        assert (refused.decision, refused.next_eligible_at) == (Decision.DEFERRED, MORNING)
    state = ActorState.model_validate_json(state.model_dump_json())  # it continued as new
    granted = set()
    early = data.draw(st.lists(st.sampled_from(sorted(priorities)), max_size=10))
    for number, send_id in enumerate([*early, *data.draw(st.permutations(sorted(priorities)))]):
        answer = ask(state, send_id, priorities[send_id], MORNING + timedelta(seconds=number))
        if answer.decision in (Decision.GRANTED, Decision.DUPLICATE):
            granted.add(send_id)
    # Those who let others go first ask again.
    late = MORNING + ASK_AGAIN + timedelta(minutes=1)
    granted |= {each for each in sorted(priorities) if ask(state, each, priorities[each], late).granted_at}
    assert granted == set(sorted(priorities, key=lambda each: (-priorities[each], each))[:limit])


def test_a_place_is_kept_for_a_while() -> None:
    """Whoever is not heard of blocks nobody for ever; and says for whom the room is kept, and when to ask again."""
    state = quiet_actor(1)
    ask(state, "high", 9, NIGHT)
    kept = ask(state, "low", 1, MORNING)
    assert (kept.decision, kept.rule, kept.next_eligible_at) == (Decision.DENIED, "1 in 86400 s", MORNING + ASK_AGAIN)
    assert (kept.kept_for, state.decisions[-1].kept_for) == ("CMP-1", "CMP-1")
    at_the_end = ask(state, "low", 1, MORNING + KEPT - timedelta(seconds=1))
    assert at_the_end.next_eligible_at == MORNING + KEPT
    assert ask(state, "low", 1, MORNING + KEPT).decision is Decision.GRANTED


def test_room_for_all_is_for_all_at_once() -> None:
    """Nobody waits for a higher priority that leaves enough."""
    state = quiet_actor(2)
    ask(state, "high", 9, NIGHT)
    assert ask(state, "low", 1, MORNING, waits=False).decision is Decision.GRANTED
    assert ask(state, "high", 9, MORNING).decision is Decision.GRANTED


def test_a_higher_priority_waits_for_nobody() -> None:
    """Also one that has just come; and a transactional message passes as ever."""
    state = quiet_actor(1)
    ask(state, "waits", 5, NIGHT)
    receipt = send("receipt", transactional=True, waits_as="receipt", capped_as="receipt")
    assert state.reserve(receipt, MORNING, update_id="receipt").decision is Decision.GRANTED
    state = quiet_actor(1)
    ask(state, "waits", 5, NIGHT)
    assert ask(state, "new", 6, MORNING, waits=False).decision is Decision.GRANTED


def test_a_message_that_a_digest_takes_has_its_place_there() -> None:
    """The digest is as urgent as the most urgent of its messages, and its own ID tells nothing of them."""
    state = quiet_actor(1)
    state.preferences = Preferences()
    assert ask(state, "first", 5, NIGHT, waits=False).decision is Decision.GRANTED
    due = NIGHT + timedelta(days=1)
    for send_id, priority in (("A", 7), ("B", 2)):
        own = send(send_id, priority=priority, waits_as=send_id, capped_as="digest")
        assert state.reserve(own, NIGHT, update_id=send_id).next_eligible_at == due
    assert [(place.name, place.priority) for place in state.places] == [("digest", 7)]
    assert ask(state, "other", 6, due).kept_for == "CMP-1"
    digest = send("digest-1", priority=7, waits_as="digest", capped_as="digest")
    assert state.reserve(digest, due, update_id="digest").decision is Decision.GRANTED
    assert [place.name for place in state.places] == ["other"]


def test_what_a_cap_drops_has_no_place() -> None:
    """It is not asked for again, and nobody waits for it; unless quiet hours hold it back."""
    state = quiet_actor(1)
    dropped = send("dropped", priority=9, waits_as="dropped")
    assert state.reserve(dropped, NIGHT, update_id="dropped").decision is Decision.DEFERRED
    assert [place.name for place in state.places] == ["dropped"]
    assert ask(state, "first", 9, NIGHT - timedelta(hours=2), waits=False).decision is Decision.GRANTED
    refused = state.reserve(dropped, MORNING, update_id="again")
    assert (refused.decision, state.places) == (Decision.DENIED, [])
    closed = SendWindow(start="12:00", end="13:00")
    receipt = send("receipt", transactional=True, send_window=closed, waits_as="receipt", capped_as="receipt")
    refused = state.reserve(receipt, MORNING, update_id="receipt")
    assert (refused.decision, state.places) == (Decision.DENIED, [])


def test_an_actor_keeps_so_many_places() -> None:
    state = quiet_actor(1)
    for number in range(MAX_PLACES + 10):
        ask(state, f"S{number}", number % 100, NIGHT)
    assert len(state.places) == MAX_PLACES
    assert min(place.priority for place in state.places) == 10
