"""What a campaign counts beside its outcomes stays small, and loses nobody."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.profiles import examples
from workflows.campaigns.histogram import MAX_BUCKETS, SendsOverTime
from workflows.campaigns.reasons import MAX_LENGTH, MAX_REASONS, ReasonCounts, reason_of

START = datetime(2025, 6, 1, 12, 0, 7, tzinfo=UTC)


@examples(100, far=5_000, shrinks=True)
@given(st.lists(st.tuples(st.integers(-60, 10_000_000), st.integers(1, 50)), max_size=60))
def test_a_histogram_has_few_buckets_and_all_sends(sends: list[tuple[int, int]]) -> None:
    histogram = SendsOverTime()
    first: dict[str, datetime] = {}
    for second, count in sends:
        now = START + timedelta(seconds=second)
        histogram.add(count, now)
        first.setdefault("at", now)
        assert len(histogram.counts) <= MAX_BUCKETS
    assert histogram.total == sum(count for _, count in sends)
    if sends:
        latest = max(START + timedelta(seconds=second) for second, _ in sends)
        end = histogram.starts_at(len(histogram.counts))
        assert histogram.starts_at(0) <= first["at"]
        assert latest < end
        assert end - latest <= timedelta(seconds=histogram.width) or latest < histogram.starts_at(0)
    assert SendsOverTime.model_validate_json(histogram.model_dump_json()) == histogram


def test_each_send_is_in_the_bucket_of_its_time() -> None:
    histogram = SendsOverTime()
    for minute in range(60):
        histogram.add(minute + 1, START + timedelta(minutes=minute))
    assert histogram.width == 40
    assert [count for count in histogram.counts if count] == [
        *(minute + 1 for minute in range(60)),
    ]
    histogram.add(1, START + timedelta(hours=9))
    assert histogram.width == 320
    assert (histogram.total, len(histogram.counts)) == (1831, 102)


@examples(100, far=5_000, shrinks=True)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 5)), max_size=300), st.integers(0, 30))
def test_few_reasons_have_a_name_and_none_is_lost(counted: list[tuple[int, int]], limit: int) -> None:
    counts = ReasonCounts()
    for number, users in counted:
        counts.add(f"reason {number}", users)
        assert len(counts.named) <= MAX_REASONS
    whole = sum(users for _, users in counted)
    assert counts.total == sum(users for _, users in counts.top(limit)) == whole
    assert len(counts.top(limit)) <= limit + 1


def test_a_frequent_reason_that_comes_late_has_a_name() -> None:
    counts = ReasonCounts()
    for number in range(MAX_REASONS):
        counts.add(f"rare {number}", 2)
    for number in range(20):
        counts.add("frequent")
        counts.add("frequent")
        counts.add(f"once {number}")
    assert counts.top(1)[0] == ("frequent", 40)


@pytest.mark.parametrize(
    ("detail", "reason"),
    [
        ("there is no user U-1", "there is no user …"),
        ("550 5.1.1 <ana+x@example.com>: mailbox unknown", "550 5.1.1 …: mailbox unknown"),
        ("550-5.7.1 blocked\r\nsee 4f3a9c1be7d04a55", "550-5.7.1 blocked see …"),
        ("+1 (202) 555-0101 is no mobile", "… is no mobile"),
        ("'555' is no number, and \"x y\" no name", "… is no number, and … no name"),
        ("the user's box doesn't answer", "the user's box doesn't answer"),
        ("no address for sms", "no address for sms"),
        ("", ""),
    ],
)
def test_a_reason_says_nothing_about_one_user(detail: str, reason: str) -> None:
    assert reason_of(detail, "U-1") == reason


def test_a_short_user_id_is_no_part_of_a_word() -> None:
    assert reason_of("mailbox of a: bad", "a") == "mailbox of …: bad"
    assert len(reason_of("x " * 100_000, "a")) == MAX_LENGTH
