"""Exports of mailing tools: what they call their columns, and what in them is consent. In doubt there is none."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from workers.store.engine import Store
from workers.store.user_row import ListedBounce, UserRow
from workers.store.users import SqlUsers
from workers.store.users_csv import Options, import_users, read_users
from workflows.campaigns.bounces import BounceKind
from workflows.campaigns.models import ChannelConsent

EXPORTS = {
    "klaviyo": (
        "Email,Klaviyo ID,First Name,Phone Number,Country,Email Marketing Consent,SMS Marketing Consent",
        "ana@example.com,01ABC,Ana,+12025550101,United States,SUBSCRIBED,NEVER_SUBSCRIBED",
    ),
    "shopify": (
        "Customer ID,Email,Accepts Email Marketing,Default Address Country Code,Phone,Accepts SMS Marketing,First Name",
        "'01ABC,ana@example.com,yes,US,'(202) 555-0101,no,Ana",
    ),
    "braze": (
        "Braze ID,user_id,first_name,email,phone_number,time_zone,unsubscribed_from_emails_at,email_subscribe",
        "5f7,01ABC,Ana,ana@example.com,+1 202 555 0101,,,opted_in",
    ),
}
FIXED = {
    "mailchimp": "Email Address,MEMBER_RATING,LEID,EUID",
    "klaviyo": "Email,Klaviyo ID",
    "hubspot": "Email,Record ID",
    "shopify": "Email,Customer ID",
    "braze": "email,user_id,Braze ID",
}
"""Columns that each row has, with the address first."""
KLAVIYO, SUPPRESSED = "Email Marketing Consent", "Email Suppressions"
HUBSPOT, STATUS, TYPE = "Unsubscribed from all email", "Marketing contact status", "Opted out of email: News"
SHOPIFY = "Accepts Email Marketing"
LEFT, STATE = "unsubscribed_from_emails_at", "email_subscribe"
WHEN = "2024-05-01 10:11:12"
CLEANED_AT = datetime(2024, 5, 1, 10, 11, 12, tzinfo=UTC)


def write(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("preset", EXPORTS)
@pytest.mark.parametrize("named", [True, False])
async def test_exports_of_other_tools(store: Store, tmp_path: Path, preset: str, named: bool) -> None:  # noqa: FBT001 - a case
    file = write(tmp_path / "1.csv", *EXPORTS[preset])
    imported = await import_users(store, file, Options(preset=preset if named else None))
    user = await SqlUsers(store).user("01ABC")
    assert (imported.count, imported.mistakes) == (1, [])
    assert user is not None
    assert (user.email_address, user.phone, user.timezone) == ("ana@example.com", "+12025550101", "UTC")
    assert user.preferences.channels == ChannelConsent(email=True, sms=False, push=False)
    assert user.attributes["first_name"] == "Ana"


@pytest.mark.parametrize(
    ("preset", "cells", "file", "consent"),
    [
        ("klaviyo", {KLAVIYO: "SUBSCRIBED"}, "", True),
        ("klaviyo", {KLAVIYO: "NEVER_SUBSCRIBED"}, "", None),
        ("klaviyo", {KLAVIYO: "UNSUBSCRIBED"}, "", False),
        # A suppressed profile may have consented.
        ("klaviyo", {KLAVIYO: "SUBSCRIBED", SUPPRESSED: "[HARD_BOUNCE]"}, "", True),
        ("klaviyo", {KLAVIYO: "SUBSCRIBED", SUPPRESSED: "['HARD_BOUNCE', 'UNSUBSCRIBE']"}, "", False),
        ("klaviyo", {KLAVIYO: "SUBSCRIBED", SUPPRESSED: "[USER_SUPPRESSED]"}, "", False),
        ("klaviyo", {KLAVIYO: "SUBSCRIBED", SUPPRESSED: "SPAM_COMPLAINT"}, "", False),
        ("klaviyo", {KLAVIYO: "SUBSCRIBED", SUPPRESSED: "[]"}, "", True),
        # Whom HubSpot bills has not agreed to anything.
        ("hubspot", {HUBSPOT: "", STATUS: "Marketing contact"}, "", None),
        ("hubspot", {HUBSPOT: "false", STATUS: "Marketing contact"}, "", None),
        ("hubspot", {HUBSPOT: "true", STATUS: "Marketing contact"}, "", False),
        ("hubspot", {HUBSPOT: "false", TYPE: "true"}, "", False),
        ("hubspot", {HUBSPOT: "false", TYPE: "false"}, "", None),
        ("hubspot", {HUBSPOT: "", "Email hard bounce reason": "Unknown user"}, "", None),
        ("hubspot", {HUBSPOT: "true", "Email hard bounce reason": "Unknown user"}, "", False),
        ("hubspot", {HUBSPOT: "", "Email address quarantined": "true"}, "", False),
        # The four files of Mailchimp are called by what they hold.
        ("mailchimp", {}, "subscribed_email_audience_export_1.csv", True),
        ("mailchimp", {"CONFIRM_TIME": WHEN}, "", True),
        ("mailchimp", {"CONFIRM_TIME": ""}, "", None),
        ("mailchimp", {}, "", None),
        ("mailchimp", {"CONFIRM_TIME": WHEN}, "nonsubscribed_email_audience_export_1.csv", None),
        ("mailchimp", {"CONFIRM_TIME": WHEN}, "unsubscribed_email_audience_export_1.csv", False),
        ("mailchimp", {"CONFIRM_TIME": WHEN}, "cleaned_email_audience_export_1.csv", True),
        ("mailchimp", {}, "cleaned_email_audience_export_1.csv", None),
        ("mailchimp", {"CONFIRM_TIME": WHEN, "UNSUB_TIME": WHEN}, "", False),
        ("mailchimp", {"CONFIRM_TIME": WHEN, "CLEAN_TIME": WHEN, "UNSUB_TIME": WHEN}, "", False),
        ("shopify", {SHOPIFY: "yes"}, "", True),
        ("shopify", {SHOPIFY: "no"}, "", False),
        ("shopify", {SHOPIFY: ""}, "", None),
        # With Braze everybody is subscribed at first.
        ("braze", {LEFT: "", STATE: "opted_in"}, "", True),
        ("braze", {LEFT: "", STATE: "subscribed"}, "", None),
        ("braze", {LEFT: "", STATE: "unsubscribed"}, "", False),
        ("braze", {LEFT: WHEN, STATE: "opted_in"}, "", False),
        ("braze", {LEFT: "", "push_subscribe": "opted_in"}, "", None),
    ],
)
def test_only_what_says_so_is_consent(
    tmp_path: Path, preset: str, cells: Mapping[str, str], file: str, *, consent: bool | None
) -> None:
    assert exported(tmp_path, preset, cells, file).email is consent


@pytest.mark.parametrize(
    ("preset", "cells", "file", "bounce"),
    [
        ("mailchimp", {}, "cleaned_email_audience_export_1.csv", (BounceKind.HARD, None, "cleaned")),
        ("mailchimp", {"CLEAN_TIME": WHEN}, "", (BounceKind.HARD, CLEANED_AT, "cleaned")),
        ("mailchimp", {"CLEAN_TIME": "yesterday"}, "", (BounceKind.HARD, None, "cleaned")),
        ("mailchimp", {"CLEAN_TIME": "", "UNSUB_TIME": WHEN}, "", None),
        ("klaviyo", {SUPPRESSED: "['HARD_BOUNCE']"}, "", (BounceKind.HARD, None, "HARD_BOUNCE")),
        ("klaviyo", {SUPPRESSED: "HARD_BOUNCE;SPAM_COMPLAINT"}, "", (BounceKind.COMPLAINT, None, "SPAM_COMPLAINT")),
        ("klaviyo", {SUPPRESSED: "[INVALID_EMAIL]"}, "", (BounceKind.HARD, None, "INVALID_EMAIL")),
        ("klaviyo", {SUPPRESSED: "[UNSUBSCRIBE]"}, "", None),
        ("klaviyo", {SUPPRESSED: "[]"}, "", None),
        ("hubspot", {"Email hard bounce reason": "Unknown user"}, "", (BounceKind.HARD, None, "Unknown user")),
        ("hubspot", {"Invalid email address": "true"}, "", (BounceKind.HARD, None, "invalid e-mail address")),
        ("hubspot", {"Invalid email address": "false", HUBSPOT: "true"}, "", None),
    ],
)
def test_an_address_that_bounced_is_told_from_an_opt_out(
    tmp_path: Path,
    preset: str,
    cells: Mapping[str, str],
    file: str,
    bounce: tuple[BounceKind, datetime | None, str] | None,
) -> None:
    read = exported(tmp_path, preset, cells, file).bounce
    assert read == (bounce and ListedBounce(*bounce, f"{'HubSpot' if preset == 'hubspot' else preset.title()} export"))


def exported(folder: Path, preset: str, cells: Mapping[str, str], file: str = "") -> UserRow:
    """Return what a row of an export says, to those who read it quickly as to the model."""
    fixed = FIXED[preset].split(",")
    row = ["ana@example.com", *["1"] * (len(fixed) - 1), *(f'"{cell}"' for cell in cells.values())]
    path = write(folder / (file or "export.csv"), ",".join([*fixed, *cells]), ",".join(row))
    export = Options(preset=preset).file(path)
    [(_, read)] = export.all_rows()
    [(_, slowly)] = replace(export, reading=replace(export.reading, quick=None)).all_rows()
    assert not isinstance(read, list)
    assert read == slowly
    return read


def test_a_column_of_ones_own_is_the_consent_that_hubspot_does_not_have(tmp_path: Path) -> None:
    rows = [
        "Email,Record ID,Newsletter,Unsubscribed from all email",
        "a@example.com,1,yes,",
        "b@example.com,2,yes,true",
    ]
    path = write(tmp_path / "1.csv", *rows)
    file, mapped = Options().file(path), Options({"Newsletter": "email"}).file(path)
    assert "HubSpot says" not in "\n".join(mapped.recognised())
    assert "HubSpot says who has opted out, not who has agreed" in "\n".join(file.recognised())
    assert [user.email for user in read_users(path)] == [None, False]
    assert [user.email for user in read_users(path, Options({"Newsletter": "email"}))] == [True, False]


async def test_an_export_takes_no_consent_of_which_it_says_nothing(store: Store, tmp_path: Path) -> None:
    known = "user_id,email_address,phone,timezone,email,sms,push,segments"
    row = "01ABC,ana@example.com,+12025550101,Asia/Tokyo,yes,yes,yes,"
    await import_users(store, write(tmp_path / "1.csv", known, row))
    header, export = EXPORTS["klaviyo"]
    await import_users(store, write(tmp_path / "2.csv", header, export.replace(",SUBSCRIBED", ",UNSUBSCRIBED")))
    user = await SqlUsers(store).user("01ABC")
    assert user is not None
    assert (user.timezone, user.preferences.channels) == ("Asia/Tokyo", ChannelConsent(email=False))
