"""What a list says that has no rows: why there is none, and what to do."""

from typing import Any

from textual.content import Content

from console.design.text import plain
from console.design.tone import Tone
from console.listing.state import ListState
from console.systems.system import ConsoleSystem

KEY = f"bold {Tone.ACCENT.style}"


def when_empty(system: ConsoleSystem[Any, Any], state: ListState, *, read_only: bool) -> Content:
    """Return the words in place of the rows."""
    noun = system.noun
    create = next((command for command in system.commands if command.creates), None)
    needs = (f"\n\n{system.needs}", Tone.MUTED.style) if system.needs else ""
    if not state.filter.empty:
        return Content.assemble(_none_found(noun, state), "\n\n", ("esc", KEY), " shows all", "" if create else needs)
    if create is None:
        return Content.assemble(f"There is no {noun} yet.", needs)
    if read_only:
        return Content(f"There is no {noun} yet.")
    return Content.assemble(f"There is no {noun} yet.\n\n", (create.key, KEY), f" creates the first {noun}", needs)


def _none_found(noun: str, state: ListState) -> Content:
    if state.filter.problem:
        return Tone.HUMAN.styled(f"▲ {state.filter.problem}")
    if state.refusal:
        return Tone.HUMAN.styled(f"▲ where: {plain(state.refusal)}")
    if state.searched is None:
        return Content(f"No {noun} matches the filter.")
    if state.searches:
        return Content(f"No {noun} found yet: {state.searched_words}")
    return Content(f"No {noun} found: {state.searched_words}; for older ones use id: or owner:")
