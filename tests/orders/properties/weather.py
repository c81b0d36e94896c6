"""What goes wrong around the steps of an order: some of it by lot, some of it because a test wants it."""

import asyncio
import os
import random
import re
import signal
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from temporalio import activity
from temporalio.worker import (
    ActivityInboundInterceptor,
    ExecuteActivityInput,
    Interceptor,
    StartActivityInput,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
    WorkflowOutboundInterceptor,
)
from temporalio.workflow import ActivityHandle

from workflows.orders.activities import OrderActivities
from workflows.orders.activity_models import Opening
from workflows.orders.policy import OrderPolicy

STORY = re.compile(r"S[0-9a-f]+n\d+")
"""How the ID of an order, and of everything that belongs to it, says which story it is of."""


class Wish(StrEnum):
    """What a test may want to happen to a step."""

    FAIL = "fail"
    """It fails each time, without an effect."""
    LOSE = "lose"
    """It is done each time, and the answer gets lost."""
    KILL_BEFORE = "kill-before"
    """The worker's process is killed when it takes the step, once."""
    KILL_AFTER = "kill-after"
    """The worker's process is killed when the step is done and nobody knows it, once."""


class Wishes:
    """What a test wants, as files in a folder that every worker process sees."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def make(self, wish: Wish, story: str, activity_name: str) -> None:
        """Want it from now on."""
        self._file(wish, story, activity_name).touch()

    def set_policy(self, story: str, policy: OrderPolicy) -> None:
        """Let the workers have that policy when the story's order asks."""
        self._policy(story).write_text(policy.model_dump_json(), encoding="utf-8")

    def policy(self, story: str) -> OrderPolicy:
        """Return the policy for the story's order."""
        return OrderPolicy.model_validate_json(self._policy(story).read_text(encoding="utf-8"))

    def _policy(self, story: str) -> Path:
        return self._folder / f"policy.{story}.json"

    def give_up(self, story: str, *wishes: Wish) -> None:
        """Want none of these any more for the story."""
        for wish in wishes:
            for file in self._folder.glob(f"{wish}.{story}.*"):
                file.unlink(missing_ok=True)

    def stands(self, wish: Wish, story: str, activity_name: str) -> bool:
        """Say whether it is wanted."""
        return self._file(wish, story, activity_name).exists()

    def any_stands(self, story: str, *wishes: Wish) -> bool:
        """Say whether one of these is wanted of any step."""
        return any(True for wish in wishes for _ in self._folder.glob(f"{wish}.{story}.*"))

    def take(self, wish: Wish, story: str, activity_name: str) -> bool:
        """Say whether it is wanted, and want it no more: one of all who ask is told so."""
        try:
            self._file(wish, story, activity_name).unlink()
        except FileNotFoundError:
            return False
        return True

    def _file(self, wish: Wish, story: str, activity_name: str) -> Path:
        return self._folder / f"{wish}.{story}.{activity_name}"


class Luck(StrEnum):
    """How one attempt at a step goes."""

    GOOD = "good"
    FAILS = "fails"
    ANSWER_LOST = "answer lost"
    TWICE_AT_ONCE = "twice at once"
    SLOW = "slow"


ODDS = {Luck.GOOD: 55, Luck.FAILS: 10, Luck.ANSWER_LOST: 20, Luck.TWICE_AT_ONCE: 10, Luck.SLOW: 5}
SLOW_SECONDS = 0.2
A_THIRD = 1 / 3


@dataclass(frozen=True)
class Weather(Interceptor):
    """Given to a worker; ``seed`` decides how each attempt at each step goes."""

    seed: int
    folder: Path

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - temporalio's own parameter name
        """Let the weather act on each attempt."""
        return _Exposed(next, self)

    def workflow_interceptor_class(self, input: WorkflowInterceptorClassInput) -> type[WorkflowInboundInterceptor]:  # noqa: A002, ARG002 - temporalio's own signature
        """Make workflows impatient, so that a test need not wait for the attempts of a killed worker."""
        return _Impatient


class _Exposed(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, weather: Weather) -> None:
        super().__init__(following)
        self._seed = weather.seed
        self._wishes = Wishes(weather.folder)

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002, ANN401 - temporalio's own signature
        info = activity.info()
        found = STORY.search(info.workflow_id or "")
        if found is None:
            return await super().execute_activity(input)
        story, name = found[0], info.activity_type
        if info.is_local:
            return await super().execute_activity(input)
        if self._wishes.take(Wish.KILL_BEFORE, story, name):
            os.kill(os.getpid(), signal.SIGKILL)
        if self._wishes.stands(Wish.FAIL, story, name):
            raise ConnectionError(f"{name} is down")
        opens = name == OrderActivities.open_order.__name__
        call = self._by_its_own_rules(story, input) if opens else input
        answer = await self._in(self._luck(story, info), call)
        if opens:
            answer = self._opening(story, answer)
        if self._wishes.stands(Wish.LOSE, story, name):
            raise ConnectionError(f"the answer of {name} got lost")
        if self._wishes.take(Wish.KILL_AFTER, story, name):
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    def _by_its_own_rules(self, story: str, call: ExecuteActivityInput) -> ExecuteActivityInput:
        """Let an order open by the story's rules instead of the worker's; every third makes no first try for stock."""
        (step,) = call.args
        rules = "reject" if self._lot(story, "first try").random() < A_THIRD else self._wishes.policy(story).when_short
        return replace(call, args=[step.model_copy(update={"when_short": step.when_short or rules})])

    def _opening(self, story: str, opening: Opening) -> Opening:
        """Return what a story's order hears: its own rules, and in every third no answer of the first try for stock."""
        heard = self._lot(story, "answer of the first try").random() > A_THIRD
        stock = opening.stock if heard else None
        return Opening(policy=self._wishes.policy(story), search_attributes=True, stock=stock)

    def _luck(self, story: str, info: activity.Info) -> Luck:
        lot = self._lot(story, f"{info.activity_type} {info.activity_id} {info.attempt}")
        return lot.choices(list(ODDS), list(ODDS.values()))[0]

    def _lot(self, story: str, what: str) -> random.Random:
        number = story.rpartition("n")[2]
        return random.Random(f"{self._seed} {number} {what}")  # noqa: S311 - not a secret

    async def _in(self, luck: Luck, call: ExecuteActivityInput) -> Any:  # noqa: ANN401 - whatever the activity returns
        if luck == Luck.FAILS:
            raise ConnectionError("the line is dead")
        if luck == Luck.TWICE_AT_ONCE:
            return (await asyncio.gather(super().execute_activity(call), super().execute_activity(call)))[1]
        if luck == Luck.SLOW:
            await asyncio.sleep(SLOW_SECONDS)
        answer = await super().execute_activity(call)
        if luck == Luck.ANSWER_LOST:
            raise ConnectionError("the answer got lost")
        return answer


ATTEMPT = timedelta(seconds=5)


class _Impatient(WorkflowInboundInterceptor):
    def init(self, outbound: WorkflowOutboundInterceptor) -> None:
        super().init(_ImpatientCalls(outbound))


class _ImpatientCalls(WorkflowOutboundInterceptor):
    def start_activity(self, input: StartActivityInput) -> ActivityHandle[Any]:  # noqa: A002 - temporalio's own parameter name
        input.start_to_close_timeout = ATTEMPT
        if input.retry_policy is not None:
            input.retry_policy = replace(
                input.retry_policy,
                initial_interval=timedelta(milliseconds=20),
                maximum_interval=timedelta(milliseconds=200),
            )
        return super().start_activity(input)
