"""What an approver decides on: its hash, which a vote may carry, and the differences between two versions of it."""

import hashlib
import json
from collections.abc import Sequence

from pydantic import JsonValue

from workflows.approvals.models import ApprovalRequest, Attachment, Difference
from workflows.shared.inputs import printable
from workflows.shared.money import format_money

MAX_DIFFERENCES = 20
MAX_SHOWN = 120
"""Characters of a value in a difference: every update answers with all differences."""


def hash_of_content(request: ApprovalRequest, version: int, attachments: Sequence[Attachment]) -> str:
    """Return the SHA-256, in hexadecimal digits, of the request as its approvers see it.

    That is its canonical JSON (keys sorted, no blanks, UTF-8) without the levels, with the version and with the link,
    name and hash of each attachment.
    """
    content = request.model_dump(mode="json", exclude={"levels"})
    files = [each.model_dump(mode="json", include={"name", "url", "sha256"}) for each in attachments]
    whole = {"request": content, "version": version, "attachments": files}
    canonical = json.dumps(whole, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode(errors="surrogatepass")).hexdigest()


def differences(before: ApprovalRequest, after: ApprovalRequest) -> list[Difference]:
    """Return what is different, at most ``MAX_DIFFERENCES`` fields; the last one counts those that are left out."""
    old, new = _fields(before), _fields(after)
    names = [name for name in dict.fromkeys([*old, *new]) if old.get(name) != new.get(name)]
    found = [Difference(field=name, before=old.get(name), after=new.get(name)) for name in names]
    if len(found) > MAX_DIFFERENCES:
        rest = len(found) - MAX_DIFFERENCES + 1
        found = [*found[: MAX_DIFFERENCES - 1], Difference(field=f"{rest} more fields", before=None, after=None)]
    return [
        each.model_copy(update={"field": _cut(each.field), "before": _cut(each.before), "after": _cut(each.after)})
        for each in found
    ]


def joined(steps: Sequence[Sequence[Difference]]) -> list[Difference]:
    """Return the differences over several versions: each field as it was before the first and after the last."""
    found: dict[str, Difference] = {}
    for each in (difference for step in steps for difference in step):
        first = found.get(each.field, each)
        found[each.field] = first.model_copy(update={"after": each.after})
    return [each for each in found.values() if each.before is None or each.before != each.after]


def in_words(found: Sequence[Difference]) -> str:
    """Return differences for people: ``amount was $12.00 and is $15.00; note is new``."""
    return "; ".join(_words(each) for each in found)


def _words(difference: Difference) -> str:
    before, after = difference.before, difference.after
    if before is None and after is None:
        return f"{difference.field} changed"
    if before is None:
        return f"{difference.field} is new: {after}"
    return f"{difference.field} was {before}" + (" and is gone" if after is None else f" and is {after}")


def _fields(request: ApprovalRequest) -> dict[str, str]:
    """Return the fields that a new version may change, as text."""
    fields = {f"details.{name}": _text(value) for name, value in request.details.items()}
    if request.amount is None or request.currency is None:
        return fields
    return {"amount": format_money(request.amount, request.currency)} | fields


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _cut(text: str | None) -> str | None:
    return None if text is None else printable(text, MAX_SHOWN)
