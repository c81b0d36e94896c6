"""What exports of mailing tools call the columns, and what follows from them.

Only what says that somebody agreed is consent. A blank says nothing: it changes no known user, and a new one has given
none. An address that has bounced is suppressed, whatever its owner agreed to.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from workers.store.csv_file import Reading, normal
from workers.store.user_row import EMAIL_BOUNCE, ListedBounce
from workflows.campaigns.bounces import BounceKind

Row = dict[str, Any]

GIVEN = frozenset({"user_id", "email_address", "phone", "timezone", "email", "sms", "push", "segments"})
SUBSCRIBED = frozenset({"subscribed", "opted_in", "opted in", "yes", "true", "1"})
UNSAID = frozenset({"", "never_subscribed", "never subscribed", "unknown"})
HUBSPOT_UNUSABLE = frozenset({"unsubscribed_from_all_email", "email_address_quarantined", "is_globally_ineligible"})
"""Columns that say yes of an address to which HubSpot sends nothing."""
KLAVIYO_BOUNCES = {
    "SPAM_COMPLAINT": BounceKind.COMPLAINT,
    "HARD_BOUNCE": BounceKind.HARD,
    "SOFT_BOUNCE": BounceKind.HARD,  # it is listed when there were too many
    "INVALID_EMAIL": BounceKind.HARD,
}
"""Reasons of suppressed profiles that are about the address, what weighs more first. Others are opt-outs."""


def _consent(value: object) -> str:
    text = str(value or "").strip().lower()
    return "yes" if text in SUBSCRIBED else "" if text in UNSAID else "no"


def _tags(value: object) -> str:
    return ";".join(tag.strip(' "') for tag in str(value or "").split(","))


def _bounce(kind: BounceKind, detail: str, tool: str, at: str = "") -> Row:
    return {EMAIL_BOUNCE: ListedBounce(kind, _moment(at), detail, f"{tool} export")}


def _moment(text: str) -> datetime | None:
    """Return a time of an export, which says no time zone; None for what is none."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _export(complete: Callable[[Row], Row]) -> Callable[[Row], Row]:
    """Complete a row of an export: what it does not say is empty, and a user without an ID is called by the address."""

    def completed(row: Row) -> Row:
        row = dict.fromkeys(GIVEN, "") | row
        row |= complete(row)
        row["user_id"] = row["user_id"] or row["email_address"].lower() or row["phone"]
        if not row["email_address"]:
            row["email"] = "" if row["email"] == "yes" else row["email"]
        if not row["phone"]:
            row["sms"] = "" if row["sms"] == "yes" else row["sms"]
        return row

    return completed


def _mailchimp(row: Row, file_name: str = "") -> Row:
    """Return what one of the four files of its export says: of subscribed, unsubscribed, cleaned and other contacts.

    Cleaned ones have bounced. Others, who bought something, have never agreed. The files are called by what they hold,
    and have a column for it: `CONFIRM_TIME` is when somebody subscribed.
    """
    further, name = row["attributes"], file_name.lower()
    left = name.startswith("unsubscribed") or further.get("unsub_time")
    cleaned, cleaned_at = name.startswith("cleaned"), further.get("clean_time", "")
    agreed = name.startswith("subscribed") or (further.get("confirm_time") and not name.startswith("nonsubscribed"))
    consent = "no" if left else "yes" if agreed else ""
    said = {"email": consent, "user_id": row["email_address"].lower(), "segments": _tags(row["segments"])}
    return said | (_bounce(BounceKind.HARD, "cleaned", "Mailchimp", cleaned_at) if cleaned or cleaned_at else {})


def _klaviyo(row: Row) -> Row:
    """Return what the consents say. A suppressed profile may have consented; what is no bounce is an opt-out."""
    reasons = set(re.findall("[A-Z_]+", row["attributes"].get("email_suppressions", "").upper()))
    left = any(KLAVIYO_BOUNCES.get(reason) is not BounceKind.HARD for reason in reasons)
    said = {"email": "no" if left else _consent(row["email"]), "sms": _consent(row["sms"])}
    bounce = next((_bounce(kind, name, "Klaviyo") for name, kind in KLAVIYO_BOUNCES.items() if name in reasons), {})
    return said | bounce


def _hubspot(row: Row) -> Row:
    """Return what the export says: who has opted out, and whose address has bounced. It does not say who agreed.

    `Marketing contact status` is whether HubSpot bills the contact; one who has unsubscribed may have it. Here consent
    is for a channel, so that who has opted out of one type of e-mail has opted out.
    """
    further: Mapping[str, str] = row["attributes"]
    opted_out = any(
        value.lower() in SUBSCRIBED
        for column, value in further.items()
        if column in HUBSPOT_UNUSABLE or column.startswith("opted_out_of_email")
    )
    said = {"email": "no" if opted_out else row["email"]}
    reason = further.get("email_hard_bounce_reason", "")
    invalid = further.get("invalid_email_address", "").lower() in SUBSCRIBED
    return said | (_bounce(BounceKind.HARD, reason or "invalid e-mail address", "HubSpot") if reason or invalid else {})


def _shopify(row: Row) -> Row:
    number = str(row["user_id"]).lstrip("'")  # Shopify quotes it, so that a spreadsheet program keeps all digits
    phone = str(row["phone"]).lstrip("'")
    return {
        "user_id": number,
        "phone": phone,
        "email": _consent(row["email"]),
        "sms": _consent(row["sms"]),
        "segments": _tags(row["segments"]),
    }


def _braze(row: Row) -> Row:
    """Return what the subscriptions say; `subscribed` is what everybody is at first, who neither agreed nor refused."""
    further = row["attributes"]
    email, push = (_opted_in(further.get(f"{channel}_subscribe", "")) for channel in ("email", "push"))
    left = further.get("unsubscribed_from_emails_at", "")
    return {"email": "no" if left else email, "push": push}


def _opted_in(value: str) -> str:
    return "" if value.strip().lower() == "subscribed" else _consent(value)


ADDRESS = {"email": "email_address", "phone_number": "phone", "time_zone": "timezone"}
PRESETS: Mapping[str, Reading] = {
    "mailchimp": Reading(
        names={"phone_number": "phone", "cc": "country", "tags": "segments"},
        complete=_export(_mailchimp),
        given=GIVEN - {"email_address"},
    ),
    "klaviyo": Reading(
        names={**ADDRESS, "klaviyo_id": "user_id", "email_marketing_consent": "email", "sms_marketing_consent": "sms"},
        complete=_export(_klaviyo),
        given=GIVEN - {"email_address"},
    ),
    "hubspot": Reading(
        names={**ADDRESS, "record_id": "user_id", "contact_id": "user_id"},
        complete=_export(_hubspot),
        given=GIVEN - {"email_address"},
        unsaid={
            "email": "HubSpot says who has opted out, not who has agreed: new users have no consent to e-mail;"
            ' if a column says yes or no, name it with --map "COLUMN=email"'
        },
    ),
    "shopify": Reading(
        names={
            "email": "email_address",
            "customer_id": "user_id",
            "accepts_email_marketing": "email",
            "accepts_sms_marketing": "sms",
            "default_address_country_code": "country",
            "tags": "segments",
        },
        complete=_export(_shopify),
        given=GIVEN - {"email_address"},
    ),
    "braze": Reading(names=ADDRESS, complete=_export(_braze), given=GIVEN - {"user_id"}),
}
"""How the export of each tool is read."""


def reading_of(preset: str, file_name: str) -> Reading:
    """Return how a file of that name is read."""
    if preset == "mailchimp":
        return replace(PRESETS[preset], complete=_export(partial(_mailchimp, file_name=file_name)))
    return PRESETS[preset]


SIGNS = {
    "mailchimp": {"email_address", "member_rating", "leid", "euid"},
    "klaviyo": {"email", "klaviyo_id", "email_marketing_consent"},
    "hubspot": {"email", "record_id", "unsubscribed_from_all_email"},
    "shopify": {"email", "customer_id", "accepts_email_marketing"},
    "braze": {"user_id", "email", "braze_id", "unsubscribed_from_emails_at"},
}
"""Columns by which an export is recognised."""


def recognised(header: str) -> str | None:
    """Return whose export a file with this first line is, None for another's."""
    columns = {normal(column.strip('"')) for column in re.split("[,;\t|]", header)}
    return next((preset for preset, signs in SIGNS.items() if signs <= columns), None)
