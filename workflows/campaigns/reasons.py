"""Why users of a campaign had an outcome, counted by a bounded number of reasons."""

import re

from pydantic import Field

from workflows.shared.fields import Answer

MAX_REASONS = 20
"""Reasons that an outcome keeps by name."""

MAX_LENGTH = 120
"""Characters of a reason."""

MAX_DETAIL = 1_000
"""Characters of a provider's words that are looked at."""

OTHER = "other reasons"
NO_REASON = "no reason given"

PERSONAL = re.compile(
    r"""<?[^\s<>@]+@[^\s<>@]+>?|(?<!\w)'[^']+'(?!\w)|"[^"]+"|\+?\d[\d ()-]{5,}\d|\b(?=[a-f-]*\d)[0-9a-f-]{8,}\b""",
    re.IGNORECASE,
)
"""What differs from user to user in a provider's words: addresses, quoted values, telephone numbers, message IDs."""


def reason_of(detail: str, user_id: str) -> str:
    """Return the words that a failure is counted under: ``detail`` without what is about one user alone."""
    words = re.sub(rf"(?<!\w){re.escape(user_id)}(?!\w)", "…", detail[:MAX_DETAIL])
    words = " ".join(PERSONAL.sub("…", words).split())
    return words if len(words) <= MAX_LENGTH else f"{words[: MAX_LENGTH - 1]}…"


class ReasonCounts(Answer):
    """Users by reason. The rarest of too many reasons, of equally rare ones the oldest, is counted as another."""

    named: dict[str, int] = Field(default_factory=dict)
    other: int = 0

    @property
    def total(self) -> int:
        """Users of all reasons."""
        return sum(self.named.values()) + self.other

    def add(self, reason: str, users: int = 1) -> None:
        """Count users."""
        if users <= 0:
            return
        reason = reason or NO_REASON
        self.named[reason] = self.named.get(reason, 0) + users
        if len(self.named) > MAX_REASONS:
            rarest = min((each for each in self.named if each != reason), key=self.named.__getitem__)
            self.other += self.named.pop(rarest)

    def top(self, limit: int) -> list[tuple[str, int]]:
        """Return the most frequent reasons, and the rest of them together as one; the sum is that of all."""
        rows = sorted(self.named.items(), key=lambda row: (-row[1], row[0]))
        rest = self.other + sum(users for _, users in rows[limit:])
        return [*rows[:limit], *([(OTHER, rest)] if rest else [])]
