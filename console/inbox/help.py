"""What the keys and signs of the inbox mean."""

from textual.content import Content

from console.details.sections import section, sections
from console.help import ShownKey, colours, explained, table
from console.inbox.judging import TODO

KEYS = (
    ("↑ ↓ pgup pgdn", "another row; its details are below"),
    ("← →", "all, what waits for you, one system, or what is stuck with what to do"),
    ("enter", "open it in its tab"),
    ("space *", "mark a row, or all of the list: the next action is for all marked ones"),
    ("{view}", "details, history, or payload of what is in focus"),
    ("{history}", "the whole history of its run"),
    ("{person}", "everything of the person whose this is, on one timeline"),
    ("tab", "from the list to the details"),
    ("{copy}", "copy the ID"),
    ("{web}", "open the run in Temporal's Web UI"),
    ("{read}", "read everything again now"),
    ("1 2 3", "a system's tab"),
    ("{inbox} esc", "back to the tab"),
    ("{journal}", "the journal: what operators did from here, why, and the answers"),
    ("{act_as}", "act as somebody else of the company's directory"),
    ("{palette}", "every command by its name"),
    ("{command_line}", "the command line: type a command, or a workflow's ID; tab completes, ↑ what was typed before"),
)


def meanings(shown_key: ShownKey, width: int) -> Content:
    """Return what the keys, the causes and the colours mean."""
    causes = [("▲", cause.value, todo) for cause, todo in TODO.items()]
    return sections(
        section("Keys of the inbox", table(explained(KEYS, shown_key), width)),
        section("What is stuck", table(causes, width)),
        colours(),
    )
