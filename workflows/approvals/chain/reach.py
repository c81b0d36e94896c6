"""How many of a level's open seats can still be voted, when nobody has two votes: a matching of people and seats."""

from collections.abc import Mapping, Sequence


def reach(holders: Mapping[str, Sequence[str]]) -> int:
    """Return how many seats get a person of their own; ``holders`` are the people who may vote on each seat.

    Kuhn's algorithm: a person who is taken moves on to another seat of theirs where that frees one.
    """
    seat_of: dict[str, str] = {}
    return sum(_seated(seat, holders, seat_of, set()) for seat in holders)


def _seated(seat: str, holders: Mapping[str, Sequence[str]], seat_of: dict[str, str], tried: set[str]) -> bool:
    for person in holders[seat]:
        if person in tried:
            continue
        tried.add(person)
        if person not in seat_of or _seated(seat_of[person], holders, seat_of, tried):
            seat_of[person] = seat
            return True
    return False
