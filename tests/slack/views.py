"""Modals: the methods ``views.*``, and what becomes of a modal by the app's answer to its submission."""

import json

from tests.slack.blocks import MAX_VIEW_BYTES, view_problems
from tests.slack.chat import filled_in
from tests.slack.errors import SlackError, invalid_arguments
from tests.slack.workspace import Json, Trigger, User, View, Workspace, new_secret

TRIGGER_SECONDS = 3
"""How long a ``trigger_id`` opens a modal, see https://docs.slack.dev/interactivity/handling-user-interaction."""
MAX_STACK = 3
"""Modals over one another, see https://docs.slack.dev/surfaces/modals."""
TROUBLE = "We had some trouble connecting. Try again?"
"""What a person reads when the app did not answer a submission, or answered with something invalid."""


def new_trigger(workspace: Workspace, user: User) -> str:
    """Return an ID by which the app may open one modal for this person."""
    trigger_id = f"{len(workspace.triggers) + 1}.{int(workspace.clock.now())}.{new_secret()}"
    workspace.triggers[trigger_id] = Trigger(user, workspace.clock.now())
    return trigger_id


def views_open(workspace: Workspace, args: Json) -> Json:
    """Open a modal for whom the trigger belongs to."""
    view = _checked(args.get("view"))
    trigger = workspace.triggers.get(args.get("trigger_id", ""))
    if "trigger_id" not in args:
        raise invalid_arguments(["missing required field: trigger_id"])
    if trigger is None:
        raise SlackError("invalid_trigger_id")
    if trigger.exchanged:
        raise SlackError("exchanged_trigger_id")
    if workspace.clock.now() - trigger.at > TRIGGER_SECONDS:
        raise SlackError("expired_trigger_id")
    _check_external_id(workspace, view)
    trigger.exchanged = True
    return {"ok": True, "view": _open(workspace, trigger.user, view).to_json()}


def views_update(workspace: Workspace, args: Json) -> Json:
    """Replace a modal that is still open; ``hash`` refuses to replace what was not seen."""
    view = _checked(args.get("view"))
    for opened in workspace.views:
        if opened.view_id == args.get("view_id") or (
            args.get("external_id") and opened.view.get("external_id") == args["external_id"]
        ):
            if args.get("hash") not in {None, opened.hash}:
                raise SlackError("hash_conflict")
            _replace(workspace, opened, view)
            return {"ok": True, "view": opened.to_json()}
    raise SlackError("not_found")


def apply_answer(workspace: Workspace, opened: View, answer: Json | None) -> str:
    """Do with a submitted modal what the app answered; return what the person reads of it, mostly nothing.

    See https://docs.slack.dev/surfaces/modals#response_actions.
    """
    action = (answer or {}).get("response_action")
    if not answer:
        workspace.views.remove(opened)
    elif action == "clear":
        workspace.views[:] = [view for view in workspace.views if view.root_id != opened.root_id]
    elif action == "errors":
        errors = answer.get("errors")
        inputs = {block["block_id"] for block in opened.view["blocks"] if block["type"] == "input"}
        if not isinstance(errors, dict) or not errors or not errors.keys() <= inputs:
            return TROUBLE
        opened.errors = errors
    elif action in {"update", "push"}:
        try:
            view = _checked(answer.get("view"))
            if action == "push":
                _open(workspace, opened.user, view)
            else:
                _replace(workspace, opened, view)
        except SlackError:
            return TROUBLE
    else:
        return TROUBLE
    return ""


def _open(workspace: Workspace, user: User, view: Json) -> View:
    stack = [each for each in workspace.views if each.user is user]
    if len(stack) >= MAX_STACK:
        raise SlackError("push_limit_reached")
    view_id = f"V{new_secret()[:10].upper()}"
    opened = View(view_id, user, {}, "", stack[0].root_id if stack else view_id)
    workspace.views.append(opened)
    _replace(workspace, opened, view)
    return opened


def _replace(workspace: Workspace, opened: View, view: Json) -> None:
    opened.view = view | {"blocks": filled_in(view["blocks"])}
    opened.hash = f"{int(workspace.clock.now())}.{new_secret()[:8]}"
    opened.errors = {}


def _check_external_id(workspace: Workspace, view: Json) -> None:
    external_id = view.get("external_id")
    if external_id and any(opened.view.get("external_id") == external_id for opened in workspace.views):
        raise SlackError("duplicate_external_id")


def _checked(view: object) -> Json:
    if not isinstance(view, dict):
        raise invalid_arguments(["missing required field: view" if view is None else "must be an object"])
    if len(json.dumps(view).encode()) > MAX_VIEW_BYTES:
        raise SlackError("view_too_large")
    if problems := view_problems(view):
        raise invalid_arguments(problems)
    return view
