"""Whether messages must be signed, and for whom a key may sign."""

from typing import Literal

Mode = Literal["open", "signed"]
Channel = Literal["http", "slack", "customer"]
"""Where somebody else's wish may come from: over HTTP, from Slack, or from outside, where nobody is an operator."""
