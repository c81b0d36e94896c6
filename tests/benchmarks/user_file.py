"""A file of users like those that shops and mailing tools export: with blanks, odd phones and some mistakes."""

import csv
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

HEADER = "user_id,email_address,phone,timezone,email,sms,push,segments,First Name,Last Name,City,Plan,Lifetime value"
FIRST = ("Ana", "Ben", "Chloé", "Emeka", "Greta", "Inés", "João", "Søren", "Tao", "Zoë")
LAST = ("Diaz", "Müller", "O'Neil", "Okafor", "Tanaka", "Nowak", "Silva", "Dubois", "Khan", "Weber")
ZONES = ("America/New_York", "America/Chicago", "Europe/Paris", "Europe/London", "Asia/Tokyo", "Australia/Sydney")
SEGMENTS = ("everyone", "everyone;newsletter", "everyone;newsletter;vip", "everyone;trial", " everyone; churned ;", "")
SAYS = ("yes", "yes", "yes", "no", "no", "")
SEED = 7
MISTAKES = 200
"""One row in so many has a mistake."""


def write_users(path: Path, count: int) -> None:
    """Write so many rows, the same each time."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER.split(","))
        writer.writerows(_rows(count))


def _rows(count: int) -> Iterator[Sequence[str]]:
    pick = random.Random(SEED)  # noqa: S311 - no secret
    for number in range(count):
        first, last = pick.choice(FIRST), pick.choice(LAST)
        phone = _phone(pick)
        yield (
            f"U-{number:06}",
            "nobody"
            if number % MISTAKES == MISTAKES - 1
            else f"user.{pick.randrange(10**9)}@example{number % 500}.com",
            phone,
            pick.choice(ZONES),
            pick.choice(SAYS),
            pick.choice(SAYS) if phone else "",
            pick.choice(SAYS),
            pick.choice(SEGMENTS),
            first,
            last,
            pick.choice(("Paris", "New York", "Zürich", "")),
            pick.choice(("free", "pro")),
            f"{pick.random() * 1000:.2f}",
        )


def _phone(pick: random.Random) -> str:
    area, exchange, line = pick.randrange(200, 999), pick.randrange(200, 999), pick.randrange(10_000)
    return pick.choice(
        (
            "",
            f"+1{area}{exchange}{line:04}",
            f"({area}) {exchange}-{line:04}",
            f"+49 151 {pick.randrange(10**7, 10**8)}",
            f"+33 6 {area % 90 + 10} {exchange % 90 + 10} {line % 90 + 10} {line // 100 % 90 + 10}",
        )
    )
