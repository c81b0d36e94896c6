"""The charts of a campaign: the same in bars and in figures, wherever they are drawn."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from textual.app import App, ComposeResult

from console.design.charset import draws_unicode
from console.design.theme import THEMES
from console.systems.campaigns.charts import sends_chart, usage_charts
from console.widgets.bar_plot import BarPlot, GivenTicks, WholeNumbers
from console.widgets.chart import Chart
from tests.screens.frozen import EXAMPLES
from tests.support.snapshot import screen_text
from workflows.campaigns.cap_usage_models import CapUsage
from workflows.campaigns.histogram import SendsOverTime
from workflows.campaigns.models import CampaignProgress

NOW = datetime(2025, 1, 31, 15, 18, 22, tzinfo=UTC)
PROGRESS = CampaignProgress.model_validate(EXAMPLES["campaigns"]["view"])
USAGE = CapUsage.model_validate(EXAMPLES["usage"])


def test_all_sends_are_in_the_bars_however_few_there_is_room_for() -> None:
    for width in (1, 7, 40, 200):
        chart = sends_chart(PROGRESS, width, NOW)
        assert sum(chart.values) == PROGRESS.sent
        assert len(chart.values) <= max(width, 12)
        assert "6,020 sends since" in chart.note
        assert len(chart.figures.plain.splitlines()) == 1 + sum(value > 0 for value in chart.values)


def test_a_campaign_that_sent_nothing_says_so() -> None:
    empty = PROGRESS.model_copy(update={"sends_over_time": SendsOverTime()})
    chart = sends_chart(empty, 80, NOW)
    assert (list(chart.values), chart.empty) == ([], "nothing was sent yet")


def test_cap_usage_tells_its_age_its_sample_and_who_has_the_cap() -> None:
    first, second = usage_charts(USAGE, USAGE.at + timedelta(seconds=40))
    assert first.note == "a sample of 500 of 150,000 users of newsletter, read 40 s ago"
    assert second.note.endswith("; 420 of them have this cap")
    assert list(first.ticks.values()) == ["0 of 2", "1 of 2", "2 of 2", "over 2"]
    assert "[b]email[/b]" in first.title
    [none] = usage_charts(CapUsage(at=NOW, total=0, sampled=0), NOW)
    assert "there are no users" in none.empty
    [no_caps] = usage_charts(CapUsage(at=NOW, total=3, sampled=3), NOW)
    assert "no user has a cap" in no_caps.empty


@pytest.mark.parametrize(("most", "ticks"), [(1, [0, 1]), (4, [0, 1, 2, 3, 4]), (829, [0, 200, 400, 600, 800])])
def test_the_axis_has_whole_numbers(most: int, ticks: list[int]) -> None:
    numbers = WholeNumbers()
    assert numbers.get_ticks(0, most) == ticks
    assert numbers.get_labels_for_ticks([12_000.0]) == ["12,000"]


def test_words_below_the_bars_do_not_overlap() -> None:
    ticks = GivenTicks({index + 0.5: str(index) for index in range(10)}, 4)
    assert ticks.get_labels_for_ticks(ticks.get_ticks(0, 10)) == ["0", "3", "6", "9"]


class OnePlot(App[None]):
    """Shows a chart."""

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the variables that the plot's style needs."""
        return THEMES[0].variables

    def compose(self) -> ComposeResult:
        """Lay out the plot."""
        yield BarPlot()

    def on_mount(self) -> None:
        """Use the console's theme."""
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = THEMES[0].name


@pytest.mark.parametrize("variables", [{}, {"NO_COLOR": "1"}, {"TERM": "linux", "COLORTERM": ""}])
async def test_bars_are_drawn_in_characters_that_every_font_has(
    variables: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    app = OnePlot()
    async with app.run_test(size=(60, 10)) as pilot:
        for chart in (Chart("", [3, 0, 1], {0: "a", 1: "b", 2: "c"}), Chart("", [0]), Chart("")):
            app.query_one(BarPlot).show(chart)
            await pilot.pause()
            screen_text(app)
            drawn = screen_text(app)
            assert ("█" in drawn) is any(chart.values)
            bars = {character for character in drawn if "▀" <= character <= "▟"}
            assert bars <= set("█▄▀")
            assert all(words in drawn for words in chart.ticks.values())
        app.theme = THEMES[1].name
        await pilot.pause()
        screen_text(app)


@pytest.mark.parametrize(
    ("environment", "unicode"),
    [
        ({}, True),
        ({"LANG": "en_GB.UTF-8"}, True),
        ({"LANG": "C", "LC_CTYPE": "C.utf8"}, True),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "C"}, False),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
    ],
)
def test_the_locale_says_whether_bars_can_be_drawn(
    environment: dict[str, str],
    unicode: bool,  # noqa: FBT001
) -> None:
    assert draws_unicode(environment) is unicode


def test_the_console_starts_without_what_draws_charts() -> None:
    code = "import console.app, sys; sys.exit('numpy' in sys.modules or 'textual_plot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603
