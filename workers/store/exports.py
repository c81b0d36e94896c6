"""What exports of mailing tools call the columns, and what follows from them. A blank consent says nothing."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from workers.store.csv_file import Reading, normal

Row = dict[str, Any]

GIVEN = frozenset({"user_id", "email_address", "phone", "timezone", "email", "sms", "push", "segments"})
SUBSCRIBED = frozenset({"subscribed", "opted_in", "opted in", "yes", "true", "1"})
UNSAID = frozenset({"", "never_subscribed", "never subscribed", "unknown"})
"""Of a consent: for a known user it changes nothing, and a new one has given none."""


def _consent(value: object) -> str:
    text = str(value or "").strip().lower()
    return "yes" if text in SUBSCRIBED else "" if text in UNSAID else "no"


def _tags(value: object) -> str:
    return ";".join(tag.strip(' "') for tag in str(value or "").split(","))


def _export(complete: Callable[[Row], Row]) -> Callable[[Row], Row]:
    """Complete a row of an export: what it does not say is empty, and a user without an ID is called by the address."""

    def completed(row: Row) -> Row:
        row = {field: row.get(field, "") for field in GIVEN} | row
        row |= complete(row)
        row["user_id"] = row["user_id"] or row["email_address"].lower() or row["phone"]
        if not row["email_address"]:
            row["email"] = "" if row["email"] == "yes" else row["email"]
        if not row["phone"]:
            row["sms"] = "" if row["sms"] == "yes" else row["sms"]
        return row

    return completed


def _mailchimp(row: Row) -> Row:
    """Return what its export of subscribed contacts says: they have consented to e-mail, and are called by it."""
    return {"email": "yes", "user_id": row["email_address"].lower(), "segments": _tags(row["segments"])}


def _klaviyo(row: Row) -> Row:
    return {"email": _consent(row["email"]), "sms": _consent(row["sms"])}


def _hubspot(row: Row) -> Row:
    """Return what the subscription says; HubSpot knows who has unsubscribed, and who is a marketing contact."""
    further = row["attributes"]
    if further.get("unsubscribed_from_all_email", "").lower() in SUBSCRIBED:
        return {"email": "no"}
    marketing = further.get("marketing_contact_status", "").lower() == "marketing contact"
    return {"email": "yes" if marketing else ""}


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
    further = row["attributes"]
    email, push = (further.get(f"{channel}_subscribe", "") for channel in ("email", "push"))
    left = further.get("unsubscribed_from_emails_at", "")
    return {"email": "no" if left else _consent(email), "push": _consent(push)}


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
