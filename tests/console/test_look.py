"""What the screen is drawn with: short times, colours that can be read, keys that fit."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from operator import mul
from typing import Any

import pytest
from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.color import Color, rgb_to_lab
from textual.content import Content
from textual.theme import Theme

from console.design.line_filters import InAscii, WithoutColour, in_ascii
from console.design.theme import DARK, THEMES, for_few_colours, for_no_colour
from console.design.times import due, in_local_time, one_unit, time_and_day, two_units, zone_words
from console.design.tone import Tone
from console.details.sections import due_bar, grid, sides
from console.forms.codec import DATE_TIME
from console.help import TONES
from console.listing.stage_line import StageChip, StageLine
from console.listing.system_list import NEEDS_ATTENTION
from console.notice import Receipt
from console.registry import SYSTEMS
from console.start.workers import CANNOT_RUN
from console.systems.campaigns.details import _bar, _later
from console.systems.orders.system import STAGES
from console.systems.system import ConsoleSystem
from console.widgets.line import lay_out
from console.widgets.receipt_line import receipt_content
from console.widgets.status_bar import Status, _parts, troubles
from tests.screens.frozen import EXAMPLES
from tests.support.eventually import eventually
from workflows.campaigns.models import CampaignProgress, CampaignStatus
from workflows.orders.views.wording import moment
from workflows.runtime.health import WorkerHealth

NOW = datetime(2025, 1, 31, 14, 30, tzinfo=UTC)
READABLE, HIGH = 4.5, 7.0
"""The contrasts that WCAG asks of normal text, at least and for people who see little."""

STAGE_TONES = (Tone.WAITING, Tone.MOVING, Tone.DONE, Tone.STOPPED, Tone.HUMAN)
DISTINCT = 20.0
"""Distance of two colours in CIE Lab; 2.3 can just be noticed."""

COLOUR_BLINDNESS = {
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
}
"""How linear red, green and blue are seen, after Machado, Oliveira and Fernandes (2009)."""


@pytest.mark.parametrize(
    ("seconds", "one", "two"),
    [
        (0, "0 s", "0 s"),
        (59, "59 s", "59 s"),
        (60, "1 m", "1 min 0 s"),
        (3_599, "59 m", "59 min 59 s"),
        (83_520, "23 h", "23 h 12 min"),
        (90_000, "1 d", "1 d 1 h"),
        (400 * 86_400, "1 y", "400 d 0 h"),
    ],
)
def test_a_span_is_as_short_as_it_can_be(seconds: int, one: str, two: str) -> None:
    span = timedelta(seconds=seconds)
    assert (one_unit(span), two_units(span)) == (one, two)


def test_what_is_overdue_has_a_sign() -> None:
    assert due(NOW + timedelta(hours=2), NOW) == "2 h"
    assert due(NOW - timedelta(hours=2), NOW) == "late 2 h"
    assert due(None, NOW) == ""
    assert "▲ overdue by 2 h 0 min" in due_bar(NOW - timedelta(days=1), NOW - timedelta(hours=2), NOW).plain


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("tone", Tone)
def test_every_tone_can_be_read_on_every_background(theme: Theme, tone: Tone) -> None:
    text = Color.parse(theme.variables[f"tone-{tone.value}"])
    least = HIGH if "contrast" in theme.name else READABLE
    for name in ("surface", "background", "panel"):
        background = Color.parse(str(getattr(theme, name)))
        assert contrast(text, background) >= least, name
    for name in ("block-cursor-background", "block-cursor-blurred-background", "block-hover-background", "glow"):
        assert contrast(text, Color.parse(theme.variables[name])) >= least, name


@pytest.mark.parametrize("kind", COLOUR_BLINDNESS)
def test_tones_of_the_colour_blind_theme_differ_for_everybody(kind: str) -> None:
    variables = next(theme.variables for theme in THEMES if "colour-blind" in theme.name)
    seen = {tone: _seen(Color.parse(variables[f"tone-{tone.value}"]), COLOUR_BLINDNESS[kind]) for tone in STAGE_TONES}
    for one, other in combinations(STAGE_TONES, 2):
        assert math.dist(rgb_to_lab(seen[one]), rgb_to_lab(seen[other])) >= DISTINCT, (one, other)


def _seen(color: Color, kind: Sequence[Sequence[float]]) -> Color:
    parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color.normalized]
    seen = (min(max(sum(map(mul, row, parts)), 0), 1) for row in kind)
    return Color(*(round(255 * (x * 12.92 if x <= 0.0031308 else 1.055 * x ** (1 / 2.4) - 0.055)) for x in seen))


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
@pytest.mark.parametrize("mark", [str, in_ascii], ids=["unicode", "ascii"])
def test_nobody_needs_to_see_colour(system: ConsoleSystem[Any, Any], mark: Callable[[str], str]) -> None:
    tones: dict[str, Tone] = {}
    for stage in (*system.stages, NEEDS_ATTENTION):
        assert tones.setdefault(mark(stage.symbol), stage.tone) is stage.tone, stage
    assert len({mark(sign) for _, sign, _ in TONES}) == len(TONES)


def test_without_unicode_everything_is_as_wide_as_before() -> None:
    text = "╭─ Žofie 日本語 · ✔ done ⏎ …│ €5 👩🔬 שלום"
    drawn = in_ascii(text)
    assert drawn == "+- Zofie ?????? - v done < ~| E5 ???? ????"
    assert cell_len(drawn) == cell_len(text)
    [segment] = InAscii().apply([Segment(text, Style(bold=True))], Color(0, 0, 0))
    assert (segment.text, segment.style) == (drawn, Style(bold=True))


def test_without_colours_an_attribute_tells_what_the_background_told() -> None:
    without = for_no_colour(DARK).variables

    def drawn(background: str) -> Style | None:
        style = Style(color="red", bold=True, bgcolor=background)
        return WithoutColour().apply([Segment("x", style)], Color(0, 0, 0))[0].style

    assert drawn(without["block-cursor-background"]) == Style(bold=True, reverse=True)
    assert drawn(without["field"]) == Style(bold=True, underline=True)
    assert drawn(str(DARK.surface)) == Style(bold=True)


def contrast(one: Color, other: Color) -> float:
    """Return the contrast ratio as WCAG defines it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(color: Color) -> float:
    """Return the relative luminance."""

    def linear(part: float) -> float:
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(part) for part in color.normalized)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_sides_keep_apart() -> None:
    assert sides(Content("left"), Content("right"), 12).plain == "left   right"
    assert sides(Content("left"), Content("right"), 8).plain == "left\nright"


def test_a_grid_aligns_its_columns() -> None:
    rows = [("a", "$1.00", "x"), ("bbb", "$10.00", "y")]
    assert grid(rows, right=(1,)).plain.splitlines() == ["  a     $1.00  x", "  bbb  $10.00  y"]
    assert grid([("a", "much too long a text")], width=12).plain == "  a  much t…"


@pytest.mark.parametrize(
    ("ok", "text", "line"),
    [
        (True, "$120.00 refunded", "✔ cancel ORD-1: accepted, $120.00 refunded · 0.21 s"),
        (False, "it is shipped", "✖ cancel ORD-1: refused: it is shipped · 0.21 s"),
        (None, "it may still have taken effect", "▲ cancel ORD-1: no answer: it may still have taken effect · 0.21 s"),
    ],
)
def test_a_receipt_is_one_line(ok: bool | None, text: str, line: str) -> None:  # noqa: FBT001 - one case of three
    assert receipt_content(Receipt(ok=ok, action="cancel", target="ORD-1", text=text, seconds=0.21)).plain == line


async def test_no_number_of_the_stage_line_is_cut_off() -> None:
    class Lines(App[None]):
        def compose(self) -> ComposeResult:
            yield StageLine((*STAGES, NEEDS_ATTENTION))

        def get_theme_variable_defaults(self) -> dict[str, str]:
            return DARK.variables

        CSS = "StageLine { height: 1; } StageChip { width: auto; padding: 0 1; margin: 0 1 0 0; }"

    async with Lines().run_test(size=(160, 5)) as pilot:
        line = pilot.app.query_one(StageLine)
        line.show(99_999, {stage.name: 9_999 for stage in (*STAGES, NEEDS_ATTENTION)}, "REJECTED")
        await pilot.pause()
        chips = list(line.query(StageChip))
        assert chips[-1].region.right <= 160
        words = [str(chip.render()) for chip in chips]
        assert "▲ needs a look 9,999" in words
        assert "⊘ rejected 9,999" in words
        assert "◌ 9,999" in words
        line.show(6, dict.fromkeys((stage.name for stage in (*STAGES, NEEDS_ATTENTION)), 1), None)
        await pilot.resize_terminal(80, 5)
        await eventually(lambda: [str(chip.render()) for chip in chips[-2:]] == ["▲ 1", "▲ look 1"])
        await pilot.pause()
        assert chips[-1].region.right <= 80


def test_moments_in_a_workflow_s_words_are_told_in_local_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        words = "until 28 February 2027, 23:41 UTC at most; 31 Foo 2025, 10:00 UTC"
        assert in_local_time(words) == "until 01 March 2027, 00:41 at most; 31 Foo 2025, 10:00 UTC"
        assert in_local_time("2025-12-31 23:30 UTC is past; 2025-13-01 10:00 UTC") == (
            "2026-01-01 00:30 is past; 2025-13-01 10:00 UTC"
        )
        today = datetime.now(UTC).replace(hour=12, minute=0)
        assert in_local_time(f"until {moment(today)}") == f"until {today.astimezone():%H:%M}"
        assert zone_words(NOW) == "CET (UTC+01:00)"
        assert DATE_TIME.explain("2030-12-01 14:30").startswith("= Sun 01 Dec 2030, 14:30 CET, ")
    finally:
        monkeypatch.undo()
        time.tzset()


def test_lights_go_grey_when_the_server_does_not_answer() -> None:
    worker = WorkerHealth(name="orders", task_queue="q", state="polling", since=NOW)
    status = Status(
        "here:7233", "default", embedded=True, operator="chen", workers=(worker,), services=(("slack", "on"),)
    )
    for known, lights in (
        (status, ["● orders", "slack on"]),
        (replace(status, trouble="gone"), ["○ orders", "slack on"]),
    ):
        line = lay_out(_parts(known), 160)
        assert all(light in line.plain for light in lights)
        done = [span for span in line.spans if span.style == Tone.DONE.style]
        assert bool(done) is (known is status)


def test_workers_that_cannot_run_say_so_whole_at_120_columns() -> None:
    why = "the server holds workflows of ours, and the store is new; put the file back or run tconsole store adopt"
    status = Status(
        "127.0.0.1:7233", "default", embedded=True, operator="chen", workers_line=CANNOT_RUN, workers_failure=why
    )
    assert f"▲ {CANNOT_RUN}" in lay_out(_parts(status), 120).plain
    assert troubles(status) == [f"{CANNOT_RUN}: {why}"]


def test_no_time_is_told_for_messages_that_are_deferred() -> None:
    progress = CampaignProgress.model_validate(EXAMPLES["campaigns"]["view"])
    now = progress.updated_at
    running = {"status": CampaignStatus.RUNNING, "audience": 100, "rate": 2.0, "sent": 90}
    [held] = [reason for reason in progress.reasons if reason.outcome == "deferred"]
    first, last = (time_and_day(at, now) for at in (held.next_at, held.last_at) if at)
    wait = f"6 wait: next at {first}, last at {last}"
    shown = [(4, 6, 2, "2.0/s", f"4 pending: 2 s left\n{wait}"), (0, 6, 0, "2.0/s", wait), (10, 0, 5, "5 s left", "")]
    for pending, deferred, seconds, words, later in shown:
        changes = {"pending": pending, "deferred": deferred, "pending_until": now + timedelta(seconds=seconds)}
        view = progress.model_copy(update={**running, **changes})
        assert _bar(view, STAGES[0], 100, now).plain.endswith(words)
        assert _later(view, now).plain == later


def test_the_time_left_goes_on_between_two_answers() -> None:
    progress = CampaignProgress.model_validate(EXAMPLES["campaigns"]["view"]).model_copy(update={"deferred": 0})
    for seconds, words in ((0, "32 s left"), (20, "12 s left"), (90, "0 s left")):
        assert _bar(progress, STAGES[0], 100, progress.updated_at + timedelta(seconds=seconds)).plain.endswith(words)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_fields_and_cursor_have_edges_in_16_colours(theme: Theme) -> None:
    few = for_few_colours(theme)

    def of_16(colour: str) -> int | None:
        return RichColor.parse(colour).downgrade(ColorSystem.STANDARD).number

    surface = of_16(str(few.surface))
    for name in ("border", "field", "field-focus", "block-cursor-background", "block-hover-background"):
        assert of_16(few.variables[name]) != surface, name
    assert of_16(few.variables["field"]) != of_16(few.variables["field-focus"])
