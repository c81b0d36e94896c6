#!/usr/bin/env bash
# Python's `email` package folds a header that has no space to break it at, and is longer than 78 characters, by
# encoding it as words (RFC 2047), though a line may have 998 (RFC 5322). In `List-Unsubscribe` (RFC 2369, RFC 8058) no
# encoded words are allowed, and mail programs find no URL. aiosmtplib 5.1.3 sends an `EmailMessage` with the policy
# `email.policy.SMTP`, so that a policy of the message's own with longer lines does not help; a header class whose `fold`
# returns the value does. (Python 3.11.7, 3.12.1 and 3.13.0.)
# Output seen: List-Unsubscribe: =?utf-8?q?=3Chttps=3A//mail=2Eexample=2Ecom/unsubscribe=3F?=
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
"$scratch/venv/bin/pip" install -q aiosmtplib==5.1.3
output=$("$scratch/venv/bin/python" - <<'PYTHON'
from email.message import EmailMessage

from aiosmtplib.email import flatten_message

message = EmailMessage()
message["List-Unsubscribe"] = f"<https://mail.example.com/unsubscribe?t={'0123456789' * 8}>"
message.set_content("Hello")
print(flatten_message(message).decode().splitlines()[0])
PYTHON
)
echo "$output"
[[ "$output" == "List-Unsubscribe: =?utf-8?q?=3Chttps=3A//mail=2Eexample=2Ecom/unsubscribe=3F?="* ]]
