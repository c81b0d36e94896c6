"""A Slack of one workspace: the Web API, Socket Mode, and people who read and press buttons.

It answers in Slack's shapes and refuses what Slack refuses, with Slack's error names, so that the real clients of
slack-sdk can be tested and the demo can be shown without a network. Where Slack's behaviour is documented, the
docstring names the page; a method's errors are those of ``https://docs.slack.dev/reference/methods/METHOD``.

`strict_slack` runs it in a test; ``python -m tests.slack`` runs it for a demo, with a page to read and press on.
"""
