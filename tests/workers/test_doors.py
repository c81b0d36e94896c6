"""Who reaches the embedded server: its keeper's relay and guard, alone and before a real server."""

import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from email.message import Message
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from threading import Thread

import pytest
from temporalio.client import Client

from tests.support.eventually import eventually
from tests.workers.test_keeper import Keepers
from workers.server import ports, private_network
from workers.server.doors import OpenDoors
from workers.server.peers import PeerLookup
from workers.server.process import ServerCommand, server_environment
from workers.server.relay import Relay
from workers.server.web_guard import refusal
from workflows.runtime.embedded import answers, ui_request

OWN = "127.0.0.1:8233"
PAGE = {"Host": OWN, "Origin": f"http://{OWN}", "Sec-Fetch-Site": "same-origin"}
JSON = {"Content-Type": "application/json", "Content-Length": "2"}
NOBODY = 65534
CONNECT = "exec 3<>/dev/tcp/127.0.0.1/$0; head -c1 <&3 | wc -c"
"""A server of gRPC speaks first."""

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems know no network namespaces")


@pytest.mark.parametrize(
    ("method", "headers", "status"),
    [
        ("GET", {"Host": OWN}, None),
        ("GET", {"Host": "LOCALHOST:8233", "Sec-Fetch-Site": "none"}, None),
        ("GET", {"Host": OWN, "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"}, None),
        ("POST", PAGE | JSON, None),
        ("POST", PAGE | {"Content-Type": "text/plain;charset=UTF-8", "X-CSRF-Token": "1"}, None),
        ("GET", {}, 421),
        ("GET", {"Host": "evil.example:8233"}, 421),
        ("GET", {"Host": "127.0.0.1:8010"}, 421),
        ("GET", PAGE | {"Origin": "http://evil.example"}, 403),
        ("GET", PAGE | {"Origin": "null"}, 403),
        ("GET", {"Host": OWN, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 403),
        ("GET", {"Host": OWN, "Sec-Fetch-Site": "same-site"}, 403),
        ("POST", {"Host": OWN} | JSON, 403),
        ("DELETE", {"Host": OWN, "Origin": "http://localhost:8233"} | JSON, 403),
        ("POST", PAGE | {"Content-Type": "text/plain"}, 415),
        ("POST", PAGE, 415),
        ("POST", PAGE | {"Content-Type": "application/x-www-form-urlencoded", "X-CSRF-Token": "1"}, 415),
        ("POST", PAGE | JSON | {"Transfer-Encoding": "chunked"}, 411),
        ("POST", PAGE | JSON | {"Content-Length": "-1"}, 411),
        ("POST", PAGE | JSON | {"Content-Length": "99999999"}, 413),
    ],
)
def test_the_guard_answers_pages_of_its_own(method: str, headers: Mapping[str, str], status: int | None) -> None:
    message = Message()
    for name, value in headers.items():
        message[name] = value
    refused = refusal({OWN, "localhost:8233"}, method, message)
    assert (refused[0] if refused else None) == status


def test_the_server_gets_nobodys_secrets() -> None:
    secrets = {"TCONSOLE_SLACK_TOKEN": "x", "TEMPORAL_API_KEY": "x", "AWS_SECRET_ACCESS_KEY": "x"}
    given = server_environment({"PATH": "/bin", "TCONSOLE_DATA_DIR": "/data", **secrets})
    assert given.keys() == {"PATH", "TCONSOLE_DATA_DIR", "TEMPORAL_VERSION_CHECK_DISABLED"}


@contextmanager
def relayed(user: int | None = None) -> Iterator[tuple[socket.socket, int]]:
    """Give a listener in place of the server, and the port of a relay to it, of that user."""
    with PeerLookup() as peers, socket.create_server(("127.0.0.1", 0)) as server:
        listener = ports.bound(0)
        relay = Relay(listener, peers, server.getsockname()[1])
        relay._user = os.getuid() if user is None else user
        relay.start()
        yield server, listener.getsockname()[1]


def send_and_close(connection: socket.socket, data: bytes) -> None:
    """Leave data on its way."""
    connection.sendall(data)
    connection.close()


@needs_linux
def test_the_relay_changes_no_byte_however_slow_an_end_is() -> None:
    data = os.urandom(4 << 20)
    with relayed() as (server, port), socket.create_connection(("127.0.0.1", port)) as client:
        other, _ = server.accept()
        with other:
            for sender, receiver in ((client, other), (other, client)):
                sending = Thread(target=sender.sendall, args=(data,))
                sending.start()
                sending.join(0.05)  # until the buffers are full
                received = b""
                while len(received) < len(data):
                    received += receiver.recv(1 << 20)
                sending.join()
                assert received == data
            Thread(target=send_and_close, args=(other, data)).start()
            rest = 0
            while part := client.recv(1 << 20):
                rest += len(part)
        assert rest == len(data)  # also what was on its way when the other end closed


@needs_linux
def test_the_relay_closes_connections_of_others_and_of_nobody() -> None:
    with relayed(user=os.getuid() + 1) as (server, port):
        server.settimeout(0.05)
        with socket.create_connection(("127.0.0.1", port)) as client:
            assert client.recv(1) == b""
        with pytest.raises(TimeoutError):
            server.accept()
    with PeerLookup() as peers, socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        taken, _ = listener.accept()
        with taken:
            assert peers.user(taken) == os.getuid()
            client.close()
            assert peers.user(taken) is None  # whoever sends and leaves is not taken for root


@pytest.fixture
async def keepers(tmp_path: Path) -> AsyncIterator[Keepers]:
    """Give a keeper of a data folder."""
    keepers = Keepers(tmp_path)
    yield keepers
    keepers.leave()
    await eventually(keepers.child.poll, lambda code: code is not None)


@needs_linux
async def test_the_embedded_server_is_this_users_alone(keepers: Keepers) -> None:
    if not private_network.can_have_one():
        pytest.skip("this system gives no process a network of its own")
    server = await keepers.start().ready()
    assert server.private
    assert os.stat(f"/proc/{server.pid}/ns/net").st_ino != os.stat("/proc/self/ns/net").st_ino  # noqa: PTH116 - of the kernel
    client = await Client.connect(server.address)
    assert (await client.count_workflows()).count == 0
    assert bytes_for(os.getuid(), keepers.port) == 1
    if os.getuid() == 0:
        assert bytes_for(NOBODY, keepers.port) == 0

    port = int(server.ui_url.rpartition(":")[2])
    assert not answers("127.0.0.1", port)
    ui_request(keepers.process.folder).touch()
    await eventually(lambda: answers("127.0.0.1", port))
    own = f"127.0.0.1:{port}"
    path = "/api/v1/namespaces"
    await eventually(lambda: ask(port, "GET", path).status, lambda status: status == 200)  # it looks for its server
    assert ask(port, "GET", path, Host="evil.example").status == 421
    assert ask(port, "GET", path, Origin="http://evil.example").status == 403
    forged = {"Origin": f"http://{own}", "Content-Type": "text/plain"}
    assert ask(port, "POST", f"{path}/default/workflows/x", **forged).status == 415
    with ExitStack() as stack:  # connections that say nothing keep nobody out
        for _ in range(20):
            stack.enter_context(closing(socket.create_connection(("127.0.0.1", port))))
        page = ask(port, "GET", "/")
        assert (page.status, page.headers["X-Frame-Options"]) == (200, "DENY")


def bytes_for(user: int, port: int) -> int:
    """Return how many bytes a process of that user gets from the server."""
    done = subprocess.run(["bash", "-c", CONNECT, str(port)], user=user, capture_output=True, check=False)  # noqa: S603, S607 - our own
    return int(done.stdout)


def ask(port: int, method: str, path: str, **headers: str) -> HTTPResponse:
    """Ask the Web UI."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    return connection.getresponse()


def test_behind_open_doors_the_server_has_no_web_ui_and_a_secret_name_for_http() -> None:
    doors = OpenDoors(ports.any_free())
    command = ServerCommand(doors.server_ports(), namespace="default", state=None, log=Path("server.log"))
    arguments = command.arguments()
    assert (doors.private, doors.ui_url) == (False, "")
    assert "--headless" in arguments
    assert f'frontend.httpAllowedHosts=["{command.host}"]' in arguments
    assert len(command.host) > 32
