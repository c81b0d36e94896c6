"""Which messages are refused in signed mode, and why: the rules alone."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from tests.support.identity import KEYS, operators, public, signer
from workflows.approvals.workflow import ApprovalWorkflow
from workflows.campaigns.actor import UserActorWorkflow
from workflows.orders.workflow import OrderWorkflow
from workflows.shared.identity.acting import acting_for
from workflows.shared.identity.operators import OperatorsError, parse_operators
from workflows.shared.identity.signature import Kind, Message, Signature, from_header
from workflows.shared.identity.verdict import Ruling, judge, words_of

NOW = datetime.now(UTC)
CANCEL = b'{"reason": "no", "requested_by": "ana"}'


def message(payload: bytes = CANCEL, name: str = "cancel_order", kind: Kind = "signal", id_: str = "") -> Message:
    return Message(kind, "default", "order-1", name, id_, (payload,))


def sign(name: str, what: Message) -> Signature:
    found = from_header(signer(name).sign(what))
    assert found is not None
    return found


def why_not(what: Message, signature: Signature | None, workflow: type = OrderWorkflow, more: str = "") -> str:
    """Return why a message is refused, as people read it, also after the code went through a history."""
    ruling = judge(what, signature, workflow, operators(more), NOW)
    if ruling is None:
        return ""
    return words_of(Ruling.of_code(ruling.code), what, signature)


def test_what_an_operator_signs_of_their_own_is_taken() -> None:
    assert why_not(message(), sign("ana", message())) == ""
    assert why_not(message(), None).startswith("it is not signed")
    mallory = message(b'{"reason": "no", "requested_by": "mallory"}')
    assert why_not(mallory, sign("mallory", mallory)) == (
        "it is signed by mallory, of whom the operators file has no key"
    )


@pytest.mark.parametrize(
    "other",
    [
        message(name="acknowledge"),
        message(kind="update"),
        message(id_="2"),
        message(b'{"reason": "nope", "requested_by": "ana"}'),
        Message("signal", "default", "order-2", "cancel_order", "", (CANCEL,)),
        Message("signal", "other", "order-1", "cancel_order", "", (CANCEL,)),
        Message("signal", "default", "order-1", "cancel_order", "", (CANCEL, CANCEL)),
    ],
    ids=["handler", "kind", "ID", "payload", "workflow", "namespace", "payloads"],
)
def test_a_signature_is_of_one_message(other: Message) -> None:
    assert "does not fit" in why_not(other, sign("ana", message()))


def test_nobody_changes_who_signed_or_for_whom() -> None:
    right = sign("ana", message())
    for change in ({"operator": "ben"}, {"at": right.at + 1}, {"nonce": "n"}, {"acts_for": "ana", "channel": "http"}):
        assert "does not fit" in why_not(message(), right.model_copy(update=change))


@pytest.mark.parametrize(
    "payload",
    [
        b'{"requested_by": "ben"}',
        b'{"requested_by": "ben", "requested_by": "ana"}',
        b'{"requested_by": "ana", "requested_by": "ben"}',
        b'{"requested_by": "ana", "by": "ben"}',
        b'{"requested_by": "ana "}',
        b'{"requested_by": ["ana"]}',
        b'{"requested_by": "\\u0062en"}',
        b'{"refusal": {"by": "ben"}}',
    ],
)
def test_a_message_names_its_signer_and_nobody_else(payload: bytes) -> None:
    assert "is signed by ana" in why_not(message(payload), sign("ana", message(payload)))


@pytest.mark.parametrize("payload", [b"{", b"\xff", b"[" * 100_000, b'{"x": ' + b"9" * 5_000 + b', "by": "ben"}'])
def test_what_cannot_be_read_is_refused(payload: bytes) -> None:
    assert why_not(message(payload), sign("ana", message(payload))) == "the payload is not JSON"


def test_roles_decide_what_a_message_may_be() -> None:
    pay = message(b'{"payment_id": "p"}', "confirm_payment")
    assert why_not(pay, sign("ana", pay)) == ""
    assert why_not(pay, sign("ben", pay)) == "ben has no role that may say that money came"
    take = message(b"{}", "take_payment", "update")
    assert why_not(take, sign("ana", take)) == "ana has no role that may act as the workers do"
    assert why_not(take, sign("workers", take)) == ""
    start = message(json.dumps({"user_id": "u", "policy": {"rules": []}}).encode(), "UserActorWorkflow", "start")
    assert "set policies" in why_not(start, sign("ana", start), UserActorWorkflow)
    lookup = message(b"{}", "Lookup", "start")
    assert why_not(lookup, sign("workers", lookup), object) == "workers has no role that may look things up"


def test_a_removed_operator_and_an_old_update_are_refused() -> None:
    gone = f'[[operator]]\nname = "mallory"\npublic_key = "{public("mallory")}"\nroles = ["cancel"]\n'
    mine = message(b'{"requested_by": "mallory"}')
    later = (NOW + timedelta(minutes=1)).isoformat()
    assert why_not(mine, sign("mallory", mine), more=f"{gone}removed_at = {later}") == ""
    earlier = (NOW - timedelta(minutes=1)).isoformat()
    words = why_not(mine, sign("mallory", mine), more=f"{gone}removed_at = {earlier}")
    assert words == "mallory was removed from the operators"
    old = sign("ana", update := message(kind="update"))
    old = old.model_copy(update={"at": old.at - 3600, "signature": ""})
    raw = KEYS["ana"].sign(update.signed_bytes(old))

    old = old.model_copy(update={"signature": base64.b64encode(raw).decode()})
    assert why_not(update, old).startswith("ana signed it more than 15 minutes from now")


def test_a_key_acts_for_others_only_where_the_file_says_so() -> None:
    approve = message(b'{"approver": "ben"}', "approve", "update")
    with acting_for("ben", "slack", "slack user U1"):
        assert why_not(approve, sign("workers", approve), ApprovalWorkflow) == ""
        assert why_not(approve, sign("ana", approve), ApprovalWorkflow) == "the key of ana may not act for ben"
    stranger = message(b'{"approver": "gus"}', "approve", "update")
    with acting_for("gus", "slack", "slack user U2"):
        signature = sign("workers", stranger)
    assert why_not(stranger, signature, ApprovalWorkflow) == "gus has no role that may decide"
    with acting_for("ben", "http", "token"):
        assert "may not act for ben" in why_not(approve, sign("workers", approve), ApprovalWorkflow)
    bounce = message(b'{"by": "provider"}', "report_bounce", "update")
    with acting_for("provider", "customer", "webhook"):
        assert why_not(bounce, sign("workers", bounce), UserActorWorkflow) == ""
    with acting_for("ben", "customer", "webhook"):
        assert "may not act for ben" in why_not(approve, sign("workers", approve), ApprovalWorkflow)


def test_refunds_have_limits_by_role() -> None:
    known = operators()
    assert known.why_not_refund("rita", 5_000, "USD") is None
    assert known.why_not_refund("rita", 5_001, "USD") == "refunds above $50.00 need the role finance"
    assert known.why_not_refund("rita", 1, "EUR") == "refunds above €0.00 need the role finance"
    assert known.why_not_refund("fin", 10**12, "EUR") is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[[operator]]\nname = "a"\nrolls = []', "toml:3: unknown key 'rolls'; did you mean roles?"),
        (
            '[[operator]]\nname = "a"\nroles = ["sea"]',
            "toml:3: roles: there is no role sea; did you mean see?",
        ),
        ('[[operator]]\nname = "a"\npublic_key = "abc"', "toml:3: public_key: it is no Ed25519 public key"),
        ('[[operator]]\nname = "a"\n\n[[operator]]\nname = "a"', "toml:5: name: a is there twice"),
        (
            '[[role]]\nname = "r"\nmay = ["refund"]\nrefund_up_to = { USD = "1.001" }',
            "toml:4: USD: USD: 1.001",
        ),
        ("[[operator]", "toml:1: it is no valid TOML"),
        ("[[operator]]\nroles = []", "toml:1: name: it is missing"),
    ],
)
def test_a_wrong_file_says_line_and_field(text: str, words: str) -> None:
    with pytest.raises(OperatorsError) as wrong:
        parse_operators(text, "operators.toml")
    assert words in str(wrong.value)
