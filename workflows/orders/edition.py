"""Which rules an order began with. It keeps them to its end, so that its history can be replayed."""

from enum import IntEnum

from temporalio import workflow

SECOND_EDITION = "second-edition"
THIRD_EDITION = "third-edition"
"""Patches of the runs that began after these rules did."""

RESTOCK_WHATEVER_IT_IS = "restock-whatever-it-is"
"""Patch of the second edition's runs in which a parcel came back after this was mended: its pieces may be booked out
although nobody has heard of it."""


class Edition(IntEnum):
    """The rules, counted by the changes that a replay would notice."""

    FIRST = 1
    SECOND = 2
    """Orders know payment policies, partial stock and stuck steps."""
    THIRD = 3
    """Orders take fewer steps: the first try to set stock aside rides with the first question, pieces are booked out
    beside the main line, and letters of one moment go out together. They ask again about money that was not captured,
    and what is stuck asks for attention by itself."""


def restocks_whatever_it_is(edition: Edition) -> bool:
    """Say whether pieces that came back are put into stock in every way that could be right."""
    return edition >= Edition.THIRD or workflow.patched(RESTOCK_WHATEVER_IT_IS)


def edition_of_run() -> Edition:
    """Return the edition that the running workflow began with; a new one begins with the newest."""
    if workflow.patched(THIRD_EDITION):
        return Edition.THIRD
    return Edition.SECOND if workflow.patched(SECOND_EDITION) else Edition.FIRST
