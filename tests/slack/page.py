"""A page to read the workspace on and to press its buttons, as one of its people. For this machine only.

Everything that people or the app wrote is escaped, and the page's policy runs no script but its own.
"""

import secrets
from collections.abc import Iterable
from html import escape
from urllib.parse import urlencode

from aiohttp import web

from tests.slack.people import NotPossibleError, Person
from tests.slack.render import Seen, view_text
from tests.slack.server import SlackServer
from tests.slack.workspace import Channel, View

STYLE = """
body{font:15px/1.4 sans-serif;margin:0 auto;max-width:60rem;padding:1rem;color-scheme:light dark}
nav a{margin-right:1rem} .here{font-weight:bold} article{border-left:3px solid #8888;margin:.8rem 0;padding-left:.8rem}
pre{font:inherit;white-space:pre-wrap;overflow-wrap:anywhere;margin:.2rem 0} small{opacity:.7} form{display:inline}
.thread{margin-left:2rem} .modal{border:2px solid;padding:1rem;margin:1rem 0} .warning{color:#c40}
"""
SCRIPT = """
setInterval(async () => {
  const typing = [...document.querySelectorAll('input[type=text],textarea')].some(field => field.value);
  if (typing) return;
  const answer = await fetch(location.href).catch(() => null);
  if (!answer || !answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
  const shown = document.querySelector('main');
  if (fresh && fresh.innerHTML !== shown.innerHTML) shown.replaceWith(fresh);
}, 1000);
"""


class Page:
    """Serves the page and what is pressed on it."""

    def __init__(self, slack: SlackServer) -> None:
        self._slack = slack

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return what the server has to serve."""
        return [web.get("/", self.show), web.post("/do/{what}", self.do)]

    async def show(self, request: web.Request) -> web.Response:
        """Show what one person sees."""
        self._check_origin(request)
        person = self._person(request.query.get("as", ""))
        nonce = secrets.token_urlsafe(16)
        policy = f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; connect-src 'self'; "
        policy += "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        body = "".join([*self._people(person), *_warnings(person), *_modals(person), *_channels(person)])
        html = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Slack, local</title>
<style nonce="{nonce}">{STYLE}</style><main>{body}</main><script nonce="{nonce}">{SCRIPT}</script></html>"""
        headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}
        return web.Response(text=html, content_type="text/html", headers=headers)

    async def do(self, request: web.Request) -> web.Response:
        """Do what the person pressed, and show the page again."""
        self._check_origin(request)
        form = {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
        person = self._person(form.pop("as", ""))
        try:
            _act(person, request.match_info["what"], form)
        except (NotPossibleError, KeyError, IndexError) as error:
            person.warnings.append(str(error))
        raise web.HTTPSeeOther(f"/?{urlencode({'as': person.user.name})}")

    def _check_origin(self, request: web.Request) -> None:
        """Refuse what another page sends, and what comes by another name than this machine's."""
        hosts = {f"127.0.0.1:{self._slack.port}", f"localhost:{self._slack.port}"}
        origin = request.headers.get("Origin")
        if request.host not in hosts or (origin is not None and origin.removeprefix("http://") not in hosts):
            raise web.HTTPForbidden

    def _person(self, name: str) -> Person:
        people = self._everybody()
        return self._slack.person(name if name in people else people[0])

    def _everybody(self) -> list[str]:
        users = self._slack.workspace.users.values()
        return [user.name for user in users if not user.is_bot and not user.deleted]

    def _people(self, person: Person) -> Iterable[str]:
        yield "<nav>"
        for name in self._everybody():
            here = ' class="here"' if name == person.user.name else ""
            yield f'<a href="/?{urlencode({"as": name})}"{here}>{escape(name)}</a>'
        yield f"</nav><h1>Slack of {escape(person.user.real_name)}</h1>"


def _act(person: Person, what: str, form: dict[str, str]) -> None:
    if what == "submit":
        view = next(view for view in person.modals() if view.view_id == form.pop("view"))
        person.submits(view, **form)
    elif what == "close":
        person.closes()
    elif what == "write":
        person.writes(form["channel"], form["text"])
    else:
        everything = [*person.sees(form["channel"])]
        everything += [reply for seen in everything for reply in person.reads_thread(seen)]
        message = next(seen for seen in everything if seen.message.ts == form["ts"])
        if what == "click":
            person.clicks(message, form["action"])
        elif what == "reply":
            person.replies(message, form["text"])
        elif what == "delete":
            person.deletes(message)


def _warnings(person: Person) -> Iterable[str]:
    for warning in person.warnings[-3:]:
        yield f'<p class="warning">{escape(warning)}</p>'


def _modals(person: Person) -> Iterable[str]:
    for view in person.modals():
        fields = "".join(_inputs(view))
        submit = f"<button>{escape(view.view['submit']['text'])}</button>" if view.view.get("submit") else ""
        hidden = _hidden(person, view=view.view_id)
        yield f'<section class="modal"><pre>{escape(view_text(view))}</pre>'
        yield f'<form method="post" action="/do/submit">{hidden}{fields}{submit}</form>'
        yield f'<form method="post" action="/do/close">{_hidden(person)}<button>Close</button></form></section>'


def _inputs(view: View) -> Iterable[str]:
    for block in view.view["blocks"]:
        if block["type"] == "input":
            name, start = block["element"]["action_id"], block["element"].get("initial_value", "")
            yield f'<p><textarea name="{escape(name)}" rows="3" cols="60">{escape(start)}</textarea></p>'


def _channels(person: Person) -> Iterable[str]:
    for channel in person.channels():
        name = "Direct messages with the app" if channel.is_im else f"#{channel.name}"
        yield f"<h2>{escape(name)}</h2>"
        for seen in person.sees(channel):
            yield from _message(person, channel, seen)
            yield '<div class="thread">'
            for reply in person.reads_thread(seen):
                yield from _message(person, channel, reply)
            hidden = _hidden(person, channel=channel.channel_id, ts=seen.message.ts)
            yield f'<form method="post" action="/do/reply">{hidden}<input type="text" name="text" size="40"> '
            yield "<button>Reply</button></form></div>"
        hidden = _hidden(person, channel=channel.channel_id)
        yield f'<form method="post" action="/do/write">{hidden}<input type="text" name="text" size="50"> '
        yield "<button>Send</button></form>"


def _message(person: Person, channel: Channel, seen: Seen) -> Iterable[str]:
    only = " (only you see this)" if seen.message.only_for else ""
    yield f"<article><small>{escape(seen.message.user.real_name)}{only}</small><pre>{escape(seen.text)}</pre>"
    where = {"channel": channel.channel_id, "ts": seen.message.ts}
    for button in seen.buttons:
        hidden = _hidden(person, **where, action=button.action_id)
        yield f'<form method="post" action="/do/click">{hidden}<button>{escape(button.label)}</button></form> '
        if address := button.element.get("url"):
            yield f'<a href="{escape(address)}" rel="noreferrer" target="_blank">{escape(address)}</a> '
    if not seen.message.only_for:
        hidden = _hidden(person, **where)
        yield f'<form method="post" action="/do/delete">{hidden}<button>Delete</button></form>'
    yield "</article>"


def _hidden(person: Person, **values: str) -> str:
    fields = {"as": person.user.name} | values
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(text)}">' for name, text in fields.items()
    )
