"""What all ports share: tokens, rates, kept answers, and what OpenAPI says."""

from datetime import timedelta
from pathlib import Path

import pytest
from starlette.requests import Request
from temporalio.client import Client
from typer.testing import CliRunner

from console.api import kept
from console.api.command import api_app
from console.api.kept import KeptAnswer, KeptAnswers, call_id_of
from console.api.problems import ProblemError
from console.api.registry import APPS
from console.api.service import Service
from console.api.tokens import caller_of, hashed, new_token
from console.twin.faces import FACES, commands_of, word_of
from tests.api.conftest import Caller
from workflows.runtime.console_settings import ApiToken, ConsoleSettings

ALONE = ApiToken(sha256="0" * 64, operator="chen")


def request(host: str = "localhost", **headers: str) -> Request:
    """Return a request to read."""
    raw = [(b"host", host.encode()), *((name.encode(), value.encode()) for name, value in headers.items())]
    scope = {"type": "http", "method": "GET", "path": "/orders", "headers": raw, "query_string": b"", "scheme": "http"}
    return Request(scope)


def test_a_token_is_known_by_its_hash_alone() -> None:
    token = new_token()
    ana = ApiToken(sha256=hashed(token), operator="ana")
    assert caller_of(f"Bearer {token}", [ALONE, ana]) is ana
    for header in (None, "", "Bearer ", f"Basic {token}", token, f"Bearer {ana.sha256}"):
        with pytest.raises(ProblemError) as raised:
            caller_of(header, [ana])
        assert raised.value.status == 401
        assert raised.value.headers["WWW-Authenticate"] == "Bearer"


def test_the_command_makes_a_token_that_the_settings_take(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    answer = CliRunner().invoke(api_app, ["token", "ana", "--system", "orders", "--read-only"])
    assert answer.exit_code == 0, answer.output
    config = tmp_path / "config.toml"
    config.write_text(answer.stderr[answer.stderr.index("[[api_tokens]]") :], encoding="utf-8")
    monkeypatch.setenv("TCONSOLE_CONFIG_FILE", str(config))
    (known,) = ConsoleSettings().api_tokens
    assert caller_of(f"Bearer {answer.stdout.strip()}", [known]).systems == ("orders",)
    assert known.read_only


def service_with(client: Client, tmp_path: Path, **options: object) -> Service:
    """Return a service without tokens."""
    return Service(client, [], KeptAnswers(tmp_path / "api.sqlite"), lambda _: None, alone=ALONE, **options)  # type: ignore[arg-type]


async def test_without_tokens_no_other_site_is_answered(client: Client, tmp_path: Path) -> None:
    service = service_with(client, tmp_path)
    assert service.caller(request(), "orders") is ALONE
    for wrong in (request("evil.example"), request(origin="http://localhost:8000"), request("127.0.0.1.evil.example")):
        with pytest.raises(ProblemError) as raised:
            service.caller(wrong, "orders")
        assert raised.value.status == 403


async def test_calls_that_come_too_often_are_told_to_wait(client: Client, tmp_path: Path) -> None:
    service = service_with(client, tmp_path, rate=0.001)
    with pytest.raises(ProblemError) as raised:
        service.caller(request(), "orders")
    assert (raised.value.status, raised.value.headers["Retry-After"]) == (429, "1")


def test_an_answer_is_kept_by_key_body_path_and_operator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers, other = KeptAnswers(tmp_path / "api.sqlite"), KeptAnswers(tmp_path / "api.sqlite")
    call = call_id_of("ana", "POST /orders", "k")
    assert len({call, call_id_of("eve", "POST /orders", "k"), call_id_of("ana", "POST /payments", "k")}) == 3
    assert answers.begin(call, b"{}") is None
    for body, kind in ((b"{}", "UnderWay"), (b"[]", "KeyReused")):
        with pytest.raises(ProblemError) as raised:
            other.begin(call, body)
        assert (raised.value.status, raised.value.kind) == (409, kind)
    answers.end(call, None)
    assert other.begin(call, b"{}") is None, "what was not answered may be asked again"
    monkeypatch.setattr(kept, "UNDER_WAY", -timedelta(seconds=1))
    assert answers.begin(call, b"{}") is None, "the process that asked has died"
    answer = KeptAnswer(201, b'{"id": "1"}', "/orders/1")
    answers.end(call, answer)
    assert KeptAnswers(tmp_path / "api.sqlite").begin(call, b"{}") == answer
    monkeypatch.setattr(kept, "KEEP", -timedelta(seconds=1))
    assert answers.begin(call, b"[]") is None, "old answers are forgotten"
    assert (tmp_path / "api.sqlite").stat().st_mode & 0o077 == 0
    for key in ("", " ", "x" * 300, "a\nb"):
        with pytest.raises(ProblemError):
            call_id_of("ana", "POST /orders", key)


async def test_openapi_has_every_action_with_its_model(client: Client, tmp_path: Path, call: Caller) -> None:
    service = service_with(client, tmp_path)
    paths: dict[str, dict[str, object]] = {}
    for make in APPS.values():
        document = (await call(make(service), None).get("/openapi.json")).json()
        known = set(document["components"]["schemas"])
        assert {
            part.split('"')[0] for part in str(document).replace("'", '"').split("#/components/schemas/")[1:]
        } <= known
        paths |= document["paths"]
    for name in FACES:
        assert "get" in paths[f"/{name}"]
        for command in commands_of(name).values():
            path = f"/{name}" if command.creates else f"/{name}/{{ident}}/{word_of(command)}"
            assert "post" in paths[path]
    for path in (
        "/orders/{ident}/status",
        "/orders/{ident}/delivery-estimate",
        "/orders/{ident}/events",
        "/payments",
        "/payments/{ident}",
        "/approvals/{ident}/audit-trail",
        "/approvals/{ident}/explain",
        "/campaigns/{ident}/pause",
        "/users/{ident}/can-send",
        "/users/{ident}/reserve-send",
        "/users/{ident}/release-send",
    ):
        assert path in paths
    assert "put" in paths["/users/{ident}/preferences"]
    assert "put" in paths["/users/{ident}/policy"]
