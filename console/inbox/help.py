"""What the keys and signs of the inbox mean."""

from textual.content import Content

from console.details.sections import section, sections
from console.help import colours, table
from console.inbox.judging import TODO

KEYS = (
    ("↑ ↓ pgup pgdn", "another row; its details are below"),
    ("← →", "all, what waits for you, one system, or what is stuck with what to do"),
    ("enter", "open it in its tab"),
    ("space *", "mark a row, or all of the list: the next action is for all marked ones"),
    ("v", "details, history, or payload of what is in focus"),
    ("h", "the whole history of its run"),
    ("tab", "from the list to the details"),
    ("y", "copy the ID"),
    ("o", "open the run in Temporal's Web UI"),
    ("f5", "read everything again now"),
    ("1 2 3", "a system's tab"),
    ("i esc", "back to the tab"),
    ("J", "the journal: what operators did from here, why, and the answers"),
    ("@", "act as somebody else of the company's directory"),
    ("ctrl+p", "every command by its name"),
)


def meanings(width: int) -> Content:
    """Return what the keys, the causes and the colours mean."""
    causes = [("▲", cause.value, todo) for cause, todo in TODO.items()]
    return sections(
        section("Keys of the inbox", table([(key, "", meaning) for key, meaning in KEYS], width)),
        section("What is stuck", table(causes, width)),
        colours(),
    )
