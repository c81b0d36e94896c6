"""Signs what this process sends: a client interceptor, and the private keys in the data folder.

A key's file is for its owner alone. Which process signs as whom: the console and its commands as their operator, the
workers as `WORKERS`, HTTP as `HTTP`, these two also for the person whose wish they have verified.
"""

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    SignalWorkflowInput,
    StartWorkflowInput,
    StartWorkflowUpdateInput,
    StartWorkflowUpdateWithStartInput,
    WorkflowHandle,
    WorkflowUpdateHandle,
)
from temporalio.common import RawValue

from workflows.runtime.console_settings import ConsoleSettings
from workflows.runtime.converter import DATA_CONVERTER
from workflows.runtime.login import login_name
from workflows.runtime.settings import Settings, SettingsError, read_settings
from workflows.shared.command_lines import command_line
from workflows.shared.identity.acting import ACTING_FOR
from workflows.shared.identity.signature import (
    Kind,
    Message,
    Signature,
    data_of,
    new_nonce,
    to_header,
)

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

WORKERS = "workers"
HTTP = "http"
KEYS = "keys"
PRIVATE = 0o600


def key_file(data_dir: Path, operator: str) -> Path:
    """Return the file of an operator's private key."""
    return data_dir / KEYS / f"{quote(operator, safe='')[:200]}.key"


def read_key(file: Path) -> "Ed25519PrivateKey":
    """Return a private key. Raises `SettingsError` when there is none, or others can read it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        others_may = os.name == "posix" and bool(file.stat().st_mode & 0o077)
        pem = file.read_bytes()
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}") from None
    if others_may:
        raise SettingsError(f"{file}: others can read this key; chmod 600 it, or make another one")
    try:
        key = load_pem_private_key(pem, password=None)
    except ValueError:
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise SettingsError(f"{file}: it is no Ed25519 key")
    return key


class Signer:
    """Signs as one operator. Who that is may change while the process runs."""

    def __init__(self) -> None:
        self._name: str | None = None
        self._keys: dict[str, Ed25519PrivateKey] = {}

    @property
    def given_name(self) -> str | None:
        """Who signs, if that was said."""
        return self._name

    @property
    def name(self) -> str:
        """Who signs."""
        return self._name or read_settings(ConsoleSettings).operator or login_name()

    @property
    def person(self) -> str:
        """Whose message it is that is signed now."""
        acting = ACTING_FOR.get()
        return self.name if acting is None else acting.person

    def use(self, operator: str | None) -> None:
        """Sign as this operator from now on; None: as the settings say, or as who is logged in."""
        self._name = operator

    def hold(self, operator: str, key: "Ed25519PrivateKey") -> None:
        """Take over a key that no file has."""
        self._keys[operator] = key

    def key(self) -> "Ed25519PrivateKey":
        """Return the key of who signs. Raises `SettingsError`."""
        name = self.name
        if name not in self._keys:
            file = key_file(read_settings(Settings).data_dir, name)
            if not file.exists():
                raise SettingsError(
                    f"TCONSOLE_IDENTITY=signed: there is no key of {name} in {file.parent};"
                    f" make one with {command_line('tconsole', 'operators', 'add', name)}"
                )
            self._keys[name] = read_key(file)
        return self._keys[name]

    def sign(self, message: Message) -> Payload:
        """Return the header of a message."""
        name, acting = self.name, ACTING_FOR.get()
        key, now, nonce = self.key(), int(time.time()), new_nonce()
        if acting is None or acting.person == name:
            signature = Signature(operator=name, at=now, nonce=nonce)
        else:
            person, channel, via = acting
            signature = Signature(operator=name, acts_for=person, channel=channel, via=via, at=now, nonce=nonce)
        return to_header(signature, key.sign(message.signed_bytes(signature)))


SIGNER = Signer()
"""Signs what this process sends."""


class SigningInterceptor(Interceptor):
    """Signs each start, signal and update of a client."""

    def __init__(self, namespace: str, signer: Signer = SIGNER) -> None:
        self._namespace, self.signer = namespace, signer

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's
        """Put the signature before what goes out."""
        return _Signing(next, self._namespace, self.signer)


def signing_person(client: Client) -> str | None:
    """Return whose messages a client sends, as it signs them; None if it signs none."""
    signing = [each for each in client.config()["interceptors"] if isinstance(each, SigningInterceptor)]
    return signing[0].signer.person if signing else None


class _Signing(OutboundInterceptor):
    def __init__(self, following: OutboundInterceptor, namespace: str, signer: Signer) -> None:
        super().__init__(following)
        self._namespace, self._signer = namespace, signer

    def _signed(
        self, kind: Kind, workflow_id: str, name: str, args: Sequence[Any], message_id: str = ""
    ) -> tuple[Sequence[RawValue], Mapping[str, Payload]]:
        """Return the arguments as they are sent, and the header that covers them."""
        payloads = [
            arg.payload if isinstance(arg, RawValue) else DATA_CONVERTER.payload_converter.to_payload(arg)
            for arg in args
        ]
        message = Message(kind, self._namespace, workflow_id, name, message_id, data_of(payloads))
        return [RawValue(each) for each in payloads], {message.header: self._signer.sign(message)}

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002 - the SDK's
        """Sign a start, and a signal that goes with it."""
        input.args, header = self._signed("start", input.id, input.workflow, input.args)
        if input.start_signal is not None:
            args, more = self._signed("signal", input.id, input.start_signal, input.start_signal_args)
            input.start_signal_args, header = args, {**header, **more}
        input.headers = {**input.headers, **header}
        return await super().start_workflow(input)

    async def signal_workflow(self, input: SignalWorkflowInput) -> None:  # noqa: A002 - the SDK's
        """Sign a signal."""
        input.args, header = self._signed("signal", input.id, input.signal, input.args)
        input.headers = {**input.headers, **header}
        await super().signal_workflow(input)

    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:  # noqa: A002 - the SDK's
        """Sign an update, with its ID."""
        input.update_id = input.update_id or str(uuid4())
        input.args, header = self._signed("update", input.id, input.update, input.args, input.update_id)
        input.headers = {**input.headers, **header}
        return await super().start_workflow_update(input)

    async def start_update_with_start_workflow(
        self,
        input: StartWorkflowUpdateWithStartInput,  # noqa: A002 - the SDK's
    ) -> WorkflowUpdateHandle[Any]:
        """Sign both."""
        start, update = input.start_workflow_input, input.update_workflow_input
        update_id = update.update_id or str(uuid4())
        args, header = self._signed("start", start.id, start.workflow, start.args)
        input.start_workflow_input = replace(start, args=args, headers={**start.headers, **header})
        args, header = self._signed("update", start.id, update.update, update.args, update_id)
        input.update_workflow_input = replace(
            update, args=args, update_id=update_id, headers={**update.headers, **header}
        )
        return await super().start_update_with_start_workflow(input)
