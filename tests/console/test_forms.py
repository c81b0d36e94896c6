"""Forms made from the real models: what is typed becomes the model, and what is wrong is said beside its field."""

from datetime import UTC, datetime

import pytest
from pydantic import model_validator
from textual.events import Paste
from textual.widgets import Button, Collapsible, Input, Static

from console.dialogs.base import Question
from console.dialogs.form import FormDialog
from console.forms.layout import FormLayout
from console.forms.model_list import ModelListField
from console.forms.parsing import duration_text, parse_duration, parse_string_list, string_list_text
from tests.support.forms import NOT_YET, add_item, asked, control, field, fill, problem, result, submit
from workflows.approvals.level_models import LevelRule
from workflows.approvals.models import ApprovalRequest
from workflows.campaigns.models import (
    DEFAULT_POLICY,
    CalendarWindow,
    CampaignRequest,
    CapPolicy,
    CapRule,
    ChannelConsent,
    InlineAudience,
    QuietHours,
    SegmentAudience,
    SetPolicy,
    SetPreferences,
)
from workflows.orders.models import OrderRequest, PaymentConfirmation
from workflows.orders.payments.refund_models import RefundLines
from workflows.shared.errors import AlreadyExistsError, RefusedError
from workflows.shared.fields import Payload

ORDER = {
    "order_id": "ORD-1",
    "customer.customer_id": "CUST-ADA",
    "customer.name": "Ada [red]Lovelace",
    "customer.email": "ada@example.com",
    "currency": "usd",
    "lines.0.sku": "SKU-CHAIR",
    "lines.0.name": "Chair",
    "lines.0.quantity": "2",
    "lines.0.unit_price": "50.00",
    "shipping_address.name": "Ada",
    "shipping_address.line1": "12 Analytical Way",
    "shipping_address.city": "Springfield",
    "shipping_address.postal_code": "49007",
    "shipping_address.country": "us",
}


async def test_an_order_is_filled_in_with_a_second_line() -> None:
    async with asked(FormDialog(Question("New order"), OrderRequest)) as pilot:
        await fill(pilot, ORDER)
        await add_item(pilot)
        await fill(
            pilot,
            {"lines.1.sku": "SKU-LAMP", "lines.1.name": "Lamp", "lines.1.quantity": "1", "lines.1.unit_price": "20"},
        )
        order = await submit(pilot)
    assert isinstance(order, OrderRequest)
    assert order.total == 12_000
    assert order.currency == "USD"
    assert order.customer.name == "Ada [red]Lovelace"
    assert order.shipping_address.line2 is None
    assert order.payment_window_seconds == 86_400
    assert order.fulfilment_seconds_per_step is None


async def test_line_breaks_of_a_pasted_text_are_spaces() -> None:
    async with asked(FormDialog(Question("New order"), OrderRequest)) as pilot:
        name = control(pilot, "customer.name")
        assert isinstance(name, Input)
        name.focus()
        await pilot.pause()
        for pasted in ("Ada\r\n  Lovelace\n", "\n", " of", " London"):
            pilot.app.post_message(Paste(pasted))
        await pilot.press("!")
        assert name.value == "Ada Lovelace of London!"


async def test_all_that_is_wrong_is_said_at_once_beside_its_field() -> None:
    async with asked(FormDialog(Question("New order"), OrderRequest)) as pilot:
        wrong = {
            "order_id": "ORD\u200b1",
            "customer.email": "ada",
            "currency": "USD",
            "lines.0.quantity": "two",
            "lines.0.unit_price": "1,20",
            "shipping_address.country": "USA",
            "payment_window_seconds": "0",
        }
        assert await submit(pilot, ORDER | wrong | {"customer.name": ""}) is NOT_YET
        said = {path: problem(pilot, path) for path in {**ORDER, **wrong}}
        assert pilot.app.focused is control(pilot, "order_id")
    assert {path: words for path, words in said.items() if words} == {
        "order_id": "an ID is one line of visible characters, and U+200B is none",
        "customer.name": "needed",
        "customer.email": "use one like ada@example.com",
        "lines.0.quantity": "is not a whole number; write digits only, as in 12",
        "lines.0.unit_price": "write it without commas, with a point before the decimals, as in 1200.55",
        "shipping_address.country": "'USA' is not an ISO 3166 country code; use one like US or FR",
        "payment_window_seconds": "must be 1 s or more",
    }


class Span(Payload):
    """Two numbers that must fit each other."""

    first: int
    last: int

    @model_validator(mode="after")
    def _in_order(self) -> "Span":
        if self.last < self.first:
            raise ValueError("the last comes before the first")
        return self


async def test_what_is_wrong_with_the_whole_is_said_above() -> None:
    async with asked(FormDialog(Question("Span"), Span)) as pilot:
        assert await submit(pilot, {"first": "2", "last": "1"}) is NOT_YET
        assert str(pilot.app.screen.query_one(".form--problem").render()) == "▲ the last comes before the first"


async def test_what_is_wrong_with_all_lines_is_said_beside_them() -> None:
    async with asked(FormDialog(Question("New order"), OrderRequest)) as pilot:
        assert await submit(pilot, ORDER | {"lines.0.kind": 2, "lines.0.unit_price": "-1"}) is NOT_YET
        assert "is negative" in (problem(pilot, "lines") or "")


async def test_what_is_to_be_known_of_a_list_stands_above_it_once() -> None:
    lines = [{"sku": "SKU-CHAIR", "quantity": 2}, {"sku": "SKU-LAMP", "quantity": 1}]
    async with asked(FormDialog(Question("Refund"), RefundLines, {"by": "ana", "lines": lines})) as pilot:
        for _ in range(2):
            hints = list(pilot.app.screen.query(".form--hint.-shown").results(Static))
            assert [str(hint.render()) for hint in hints].count("empty: everything that is left") == 1
            assert await submit(pilot) is NOT_YET  # the reason is missing: every field shows how it is again


async def test_a_line_can_be_taken_out_again_and_one_is_needed() -> None:
    async with asked(FormDialog(Question("New order"), OrderRequest)) as pilot:
        await fill(pilot, ORDER)
        pilot.app.screen.query_one(".form--remove", Button).press()
        await pilot.pause()
        assert pilot.app.screen.query_one(ModelListField).items == []
        await submit(pilot)
        assert problem(pilot, "lines") == "at least one is needed"


@pytest.mark.parametrize(("currency", "shown"), [("USD", "= $120.00"), ("EUR", "= €120.00"), ("JPY", "= ¥120")])
async def test_an_amount_shows_what_it_will_be_as_the_currency_changes(currency: str, shown: str) -> None:
    async with asked(FormDialog(Question("Pay"), PaymentConfirmation, {"payment_id": "pay_1"})) as pilot:
        await fill(pilot, {"amount": "120", "currency": currency})
        assert field(pilot, "amount").hint() == shown


async def test_an_amount_starts_in_major_units_and_its_limit_is_written_so() -> None:
    given = {"payment_id": "pay_1", "amount": 12_345, "currency": "USD"}
    async with asked(FormDialog(Question("Pay"), PaymentConfirmation, given)) as pilot:
        amount = control(pilot, "amount")
        assert isinstance(amount, Input)
        assert amount.value == "123.45"
        amount.value = "0.00"
        await submit(pilot)
        assert problem(pilot, "amount") == "must be more than $0.00"
        amount.value = "123.45"
        payment = await submit(pilot)
    assert isinstance(payment, PaymentConfirmation)
    assert (payment.amount, payment.method) == (12_345, None)


async def test_an_approval_may_have_no_amount_and_leaves_the_levels_to_the_policy() -> None:
    dialog = FormDialog(
        Question("New request"),
        ApprovalRequest,
        {"request_id": "REQ-1", "requester": "ana"},
        layout=FormLayout(more=frozenset({"levels"}), choices={"kind": ["leave", "expense"]}),
    )
    async with asked(dialog) as pilot:
        control(pilot, "kind").focus()
        await pilot.press("down", "down")
        request = await submit(pilot, {"title": "Two weeks in May", "details": "from: 2025-05-01\ntwo words: a: b\n"})
    assert isinstance(request, ApprovalRequest)
    assert request.kind == "expense"
    assert (request.amount, request.currency, request.levels) == (None, None, None)
    assert request.details == {"from": "2025-05-01", "two words": "a: b"}


async def test_levels_stand_under_more_and_an_error_unfolds_them() -> None:
    dialog = FormDialog(
        Question("New request"),
        ApprovalRequest,
        {"request_id": "REQ-1", "requester": "ana", "kind": "hire", "title": "A chemist"},
        layout=FormLayout(more=frozenset({"levels"})),
    )
    async with asked(dialog) as pilot:
        more = pilot.app.screen.query_one(Collapsible)
        more.collapsed = False
        await pilot.pause()
        await add_item(pilot)
        await fill(pilot, {"levels.0.name": "board", "levels.0.approvers": "dora,gre\u200bta", "levels.0.rule.kind": 2})
        more.collapsed = True
        await submit(pilot)
        assert not more.collapsed
        assert problem(pilot, "levels.0.approvers") is not None
        assert problem(pilot, "levels.0.rule") == "the rule quorum takes either count or percent, and gives neither"
        request = await submit(pilot, {"levels.0.approvers": "dora, greta", "levels.0.rule.count": "2"})
    assert isinstance(request, ApprovalRequest)
    assert request.levels is not None
    assert request.levels[0].approvers == ["dora", "greta"]
    assert request.levels[0].rule == LevelRule(kind="quorum", count=2)


async def test_the_audience_is_one_of_two_shapes() -> None:
    start = {"campaign_id": "CMP-1", "name": "Spring sale"}
    async with asked(FormDialog(Question("New campaign"), CampaignRequest, start)) as pilot:
        await fill(
            pilot, {"channel": 0, "template.body": "Hello {user_id}\nbye", "audience.user_ids": "USER-001,\nUSER-002"}
        )
        inline = await submit(
            pilot, {"expires_at": "2025-12-01T14:30:00+01:00", "max_sends_per_second": "2.5", "tags": "a, b"}
        )
    assert isinstance(inline, CampaignRequest)
    assert inline.audience == InlineAudience(user_ids=["USER-001", "USER-002"])
    assert inline.expires_at == datetime(2025, 12, 1, 13, 30, tzinfo=UTC)
    assert (inline.priority, inline.max_sends_per_second, inline.tags) == (5, 2.5, ["a", "b"])
    assert inline.template.body == "Hello {user_id}\nbye"
    async with asked(FormDialog(Question("Again"), CampaignRequest, inline)) as pilot:
        assert result(pilot) is NOT_YET
        await submit(pilot, {"audience": 1})
        assert problem(pilot, "audience.name") == "needed"
        segment = await submit(pilot, {"audience.name": "everyone"})
    assert segment == inline.model_copy(update={"audience": SegmentAudience(name="everyone")})


async def test_a_wrong_entry_of_a_list_is_named() -> None:
    start = {"campaign_id": "CMP-1", "name": "Spring sale", "channel": "sms", "template": {"body": "Hello"}}
    async with asked(FormDialog(Question("New campaign"), CampaignRequest, start)) as pilot:
        await submit(pilot, {"audience.user_ids": "USER-001, USER\u200b2"})
        assert str(problem(pilot, "audience.user_ids")).startswith("entry 2: an ID is one line of visible characters")


@pytest.mark.parametrize("entries", [["a"], ["a, b", "c"], ['"a"', 'a"b', "a'b"], ["=1+1", "#1", "ЛАМПА-1", "x" * 200]])
def test_a_list_of_any_ids_is_read_as_it_is_written(entries: list[str]) -> None:
    assert parse_string_list(string_list_text(entries)) == entries


async def test_preferences_with_and_without_quiet_hours() -> None:
    start = {"channels": {"email": True, "sms": False, "push": True}, "quiet_hours": None}
    layout = FormLayout(fixed={"by": "ada"})
    async with asked(FormDialog(Question("Preferences"), SetPreferences, start, layout=layout)) as pilot:
        await fill(pilot, {"quiet_hours": True, "quiet_hours.start": "25:00", "quiet_hours.end": "07:00"})
        await submit(pilot, {"quiet_hours.timezone": "Europe/Paris", "channels.email": False})
        assert problem(pilot, "quiet_hours.start") == "is not a time of day; write it as in 22:00"
        preferences = await submit(pilot, {"quiet_hours.start": "22:00"})
    assert preferences == SetPreferences(
        channels=ChannelConsent(email=False, sms=False, push=True),
        quiet_hours=QuietHours(start="22:00", end="07:00", timezone="Europe/Paris"),
        by="ada",
    )


@pytest.mark.parametrize(
    "window", [None, CalendarWindow(calendar="day"), CalendarWindow(calendar="week", timezone="UTC")]
)
@pytest.mark.parametrize("as_read", [False, True])
async def test_a_policy_goes_through_the_form_unchanged(window: CalendarWindow | None, as_read: bool) -> None:  # noqa: FBT001 - a case
    caps = CapPolicy(rules=[CapRule(name="some", limit=2, window=window)]) if window else DEFAULT_POLICY
    policy = SetPolicy(policy=caps, by="ada")
    initial = policy.model_dump() if as_read else policy
    async with asked(FormDialog(Question("Policy"), SetPolicy, initial)) as pilot:
        assert await submit(pilot) == policy
        assert isinstance(policy.policy, CapPolicy)


async def test_enter_goes_on_and_the_last_field_sends() -> None:
    async with asked(FormDialog(Question("Pay"), PaymentConfirmation)) as pilot:
        await pilot.press(*"pay_1", "enter", *"12", "full_stop", *"50", "enter", *"EUR", "enter")
        assert result(pilot) is NOT_YET
        await pilot.press("enter")
        await pilot.pause()
        assert result(pilot) == PaymentConfirmation(payment_id="pay_1", amount=1_250, currency="EUR")


async def test_a_field_that_cannot_be_read_says_so_when_it_is_left() -> None:
    async with asked(
        FormDialog(Question("Pay"), PaymentConfirmation, {"currency": "JPY", "payment_id": "pay_1"})
    ) as pilot:
        await pilot.press(*"1", "full_stop", *"5", "tab")
        await pilot.pause()
        assert problem(pilot, "amount") == "JPY has no decimals; write it as in 1200"
        await fill(pilot, {"amount": "15"})
        assert problem(pilot, "amount") is None


@pytest.mark.parametrize(
    ("typed", "seconds", "written"),
    [
        ("2 h", 7_200, "2 h"),
        ("1 day", 86_400, "1 day"),
        ("1 day, 2h 30 min", 95_400, "1 day 2 h 30 min"),
        ("90 minutes", 5_400, "1 h 30 min"),
        ("2 weeks", 1_209_600, "14 days"),
        ("86400", 86_400, "1 day"),
        ("0", 0, "0 s"),
        ("45S", 45, "45 s"),
    ],
)
def test_a_duration_is_typed_and_written_with_units(typed: str, seconds: int, written: str) -> None:
    assert parse_duration(typed) == seconds
    assert duration_text(seconds) == written
    assert parse_duration(written) == seconds


@pytest.mark.parametrize("typed", ["soon", "2 x", "h", "1.5 h", "2 h nonsense"])
def test_what_is_no_duration_is_said(typed: str) -> None:
    with pytest.raises(ValueError, match="write it as in 2 h, 1 day or 90 min"):
        parse_duration(typed)


async def test_no_placeholder_looks_like_a_value_and_remove_comes_behind_its_line() -> None:
    async with asked(FormDialog(Question("New order"), OrderRequest)) as pilot:
        shown = {path: control(pilot, path) for path in ("customer.name", "shipping_address.line2", "lines.0.sku")}
        placeholders = {path: line.placeholder for path, line in shown.items() if isinstance(line, Input)}
        assert placeholders == {
            "customer.name": "e.g. Ada Lovelace",
            "shipping_address.line2": "optional",
            "lines.0.sku": "e.g. SKU-CHAIR",
        }
        control(pilot, "lines.0.unit_price").focus()
        await pilot.press("tab")
        focused = pilot.app.focused
        assert isinstance(focused, Button)
        assert focused.has_class("form--remove")


async def test_a_refusal_is_said_beside_the_field_that_it_names() -> None:
    refusals = [
        RefusedError(
            "lines.0.sku: SKU-CHAIR is not known; customer.name: 2025-12-31 12:00 UTC is past", "InvalidRequest"
        ),
        AlreadyExistsError("order ORD-1 exists already; choose another ID"),
    ]

    async def send(_: object) -> None:
        raise refusals.pop(0)

    dialog = FormDialog(Question("New order", submit=send), OrderRequest, None, FormLayout(ident="order_id"))
    async with asked(dialog) as pilot:
        assert await submit(pilot, ORDER) is NOT_YET
        assert problem(pilot, "lines.0.sku") == "SKU-CHAIR is not known"
        words = problem(pilot, "customer.name") or ""
        assert words.startswith("2025-12-31 ")
        assert words.endswith(" is past")
        assert "UTC" not in words  # but in the zone of all other times
        assert pilot.app.focused is control(pilot, "customer.name")
        assert await submit(pilot) is NOT_YET
        assert problem(pilot, "order_id") == "order ORD-1 exists already; choose another ID"
        assert problem(pilot, "customer.name") is None
