"""Policy files: what is wrong with one is said with its line, before any request meets it."""

import asyncio
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError

from tests.support.approvals import leave, level, sample_company
from tests.support.memory_store import MemoryStore
from workers.policy.files import problems_of
from workers.store.directory import SqlDirectory, all_people
from workflows.approvals.due import Due
from workflows.approvals.level_models import ResolvedChain
from workflows.approvals.people.resolve import resolve_chain
from workflows.approvals.policy.check import check_people
from workflows.approvals.policy.reading import PolicyError, read_file, read_policy, sample_policy
from workflows.approvals.ports import Person

LEVEL = """
[[rule.level]]
name = "team"
approvers = ["ben"]
fallback = ["dora"]
"""
RATES = '[rates]\ndate = 2026-10-30\nbase = "EUR"\nUSD = "1.25"\nJPY = 150\n'
TODAY = date(2026, 11, 30)


def rule(*conditions: str, levels: str = LEVEL) -> str:
    return "\n".join(["[[rule]]", *conditions]) + levels


def problems(text: str, store: MemoryStore | None = None) -> list[str]:
    """Return what is wrong with a policy, without the file's name; by itself or in a company."""
    try:
        file = read_policy(text.encode(), "p")
        everybody = store.run(all_people) if store else []
        return [f"{line}: {words}" for line, words in problems_of(file, everybody, TODAY)]
    except PolicyError as error:
        return [line.removeprefix("p:") for line in error.lines]


def chain(text: str, **fields: object) -> ResolvedChain:
    policy = read_policy(text.encode(), "p").policy
    return asyncio.run(resolve_chain(leave(**fields), SqlDirectory(sample_company()), policy))


def names(text: str, **fields: object) -> list[str]:
    return [each.name for each in chain(text, **fields).levels]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("own_levels = tru", ["1: it is no valid TOML: Invalid value"]),
        (
            "own_levels = true\n\n[[rule]\n",
            ["3: it is no valid TOML: Expected ']]' at the end of an array declaration"],
        ),
        ('own_levels = true\nx = "', ["2: it is no valid TOML: Unterminated string"]),
        ("own_levels = true\nown_levels = true", ["2: it is no valid TOML: Cannot overwrite a value"]),
        ("", ["1: rule: there is no rule, and own_levels is false: every request would be refused"]),
        (
            "own_level = true\n" + rule(),
            ["1: unknown key 'own_level'; did you mean own_levels?"],
        ),
        (
            rule('kinds = "leave"') + 'aprovers = ["dora"]\n',
            ["2: unknown key 'kinds'; did you mean kind?", "7: unknown key 'aprovers'; did you mean approvers?"],
        ),
        (
            rule(levels='\n[[rule.level]]\nname = "a"\nrule = { kind = "any", cuont = 1 }'),
            ["2: approvers: it is missing", "4: unknown key 'cuont'; did you mean count?"],
        ),
        (rule(levels=""), ["1: level: it is missing"]),
        (
            rule() + 'due = "8 wroking hours"\non_timeout = "escalte"\n',
            [
                "6: due: '8 wroking hours' is no time limit; use one like 36h, 2d, 8 working hours or 2 working days",
                "7: on_timeout: Input should be 'escalate', 'reject' or 'remind', not 'escalte'",
            ],
        ),
        (
            rule() + 'on_timeout = "escalate"\n',
            ["2: escalate_to: it is empty, but on_timeout is escalate; name at least one person"],
        ),
        (
            rule('min_amount = { currency = "USD", amount = "10.005" }'),
            ["2: amount: 10.005 has more decimals than USD, which has 2"],
        ),
        (
            rule('min_amount = { currency = "DEM", amount = "10" }'),
            ["2: currency: 'DEM' is not an ISO 4217 code of a currency in use; use one like EUR or USD"],
        ),
        (
            rule('countries = ["DE", "Germany"]'),
            ["2: countries: 'GERMANY' is not an ISO 3166 country code; use one like US or FR"],
        ),
        (
            rule('kind = [\n  "leave",\n  "",\n]'),
            ["4: kind: String should have at least 1 character"],
        ),
        (
            rule() + '[rates]\ndate = 2026-13-01\nbase = "EUR"\n',
            ["7: it is no valid TOML: Expected newline"],
        ),
        (
            rule() + '[rates]\ndate = 2026-10-30\nbase = "EUR"\nEURO = "1"\nUSD = "-1"\nJPY = true\nEUR = 2\n',
            [
                "10: USD: Input should be greater than 0, not '-1'",
                '11: JPY: it is no rate; use one like "1.0835"',
            ],
        ),
        (
            rule() + '[rates]\ndate = 2026-10-30\nbase = "EUR"\nEURO = "1"\nEUR = 2\n',
            [
                "9: EURO: 'EURO' is no ISO 4217 code of a currency in use; did you mean EUR?",
                "10: EUR: EUR is the base, and one EUR is 1 EUR, not 2",
            ],
        ),
        (
            rule() + '[rates]\ndate = 2030-01-01\nbase = "EUR"\n',
            ["7: date: the rates are of 2030-01-01, a day to come"],
        ),
        (
            rule() + '[calendar.default]\nhours = "9-17"\ntimezone = "Europe/Berln"\n',
            [
                "7: hours: '9-17' are no hours; use some like 09:00-17:00",
                "8: timezone: 'Europe/Berln' is not an IANA time zone; use one like Europe/Paris",
            ],
        ),
        (
            rule() + '[calendar.default]\nmon = ["09:00-13:00", "12:00-17:00"]\n',
            ["7: mon: the hours 09:00-13:00 and 12:00-17:00 overlap"],
        ),
        (
            rule() + '[calendar.default]\ncountry = "DE"\nregion = "XX"\n',
            ["8: region: 'XX' is no region of DE; there are BB, BE, BW, BY, HB, HE"],
        ),
        (
            rule('expires_after = "3 working days"'),
            ["2: expires_after: '3 working days' is in working time; use a time like 30d"],
        ),
        (
            rule() + "parallel = true\n",
            ["6: parallel: level team is the first; there is none before it"],
        ),
        (rule() + LEVEL, ["8: name: another level has the name team; give each its own"]),
    ],
)
def test_a_mistake_is_said_with_its_line(text: str, words: Sequence[str]) -> None:
    found = problems(text)
    assert len(found) == len(words), found
    for line, start in zip(found, words, strict=True):
        assert line.startswith(start), found


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "policy.toml"
    with pytest.raises(PolicyError, match=re.escape(f"{missing}:1: it cannot be read: there is no such file")):
        read_file(missing)
    with pytest.raises(PolicyError, match="it cannot be read: Is a directory"):
        read_file(tmp_path)
    missing.write_bytes(b"own_levels = true\n# \xff\n")
    with pytest.raises(PolicyError, match=re.escape(f"{missing}:2: it is not in UTF-8; save it as UTF-8")):
        read_file(missing)
    missing.write_bytes("\ufeffown_levels = true\r\n# ü\r\n".encode())
    assert read_file(missing).policy.own_levels


SMALL = ('kind = "expense"', 'max_amount = { currency = "USD", amount = "100" }')
SALES = ('kind = "expense"', 'departments = "sales"')
LARGE = ('kind = "expense"', 'min_amount = { currency = "USD", amount = "1000" }')
EXPENSE = 'kind = "expense"'
BOSS = LEVEL.replace("ben", "greta")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (rule(*LARGE) + rule(EXPENSE), []),
        (
            rule(EXPENSE) + rule(*LARGE),
            ["7: rule 2 is never reached: rule 1 (line 1) matches everything that it matches"],
        ),
        (rule() + rule('kind = "Expense"'), ["6: rule 2 is never reached: rule 1 (line 1) matches"]),
        (rule('kind = "Expense"') + rule('kind = ["expense", "leave"]'), []),
        (
            rule(*LARGE)
            + rule(*SMALL)
            + rule('kind = "expense"', 'min_amount = { currency = "USD", amount = "1500" }'),
            ["15: rule 3 is never reached: rule 1 (line 1) matches everything that it matches"],
        ),
        (
            rule('kind = "leave"') + rule('kind = "hire"') + rule('kind = ["leave", "hire"]'),
            ["13: rule 3 is never reached: rule 1 (line 1) and rule 2 (line 7) match everything that it matches"],
        ),
        (
            rule(*SALES) + rule(*LARGE, levels=BOSS),
            ["8: rule 2 overlaps rule 1 (line 1): expense of department sales of $1,000.00 matches both, and rule 1"],
        ),
        (rule(*SALES) + rule(*LARGE), []),
        (rule(*SALES, LARGE[1]) + rule(*SALES) + rule(*LARGE, levels=BOSS), []),
        (rule(*SMALL) + rule(*LARGE, levels=BOSS), []),
        (
            rule(*LARGE) + rule(EXPENSE, 'max_amount = { currency = "EUR", amount = "900" }', levels=BOSS) + RATES,
            ["8: rule 2 overlaps rule 1 (line 1): expense of $1,000.00 matches both, and rule 1 decides; put a rule"],
        ),
        (rule(*LARGE) + rule(EXPENSE, 'max_amount = { currency = "EUR", amount = "799" }', levels=BOSS) + RATES, []),
        (
            rule(*LARGE) + rule(EXPENSE, 'max_amount = { currency = "GBP", amount = "799" }', levels=BOSS) + RATES,
            ["10: max_amount: [rates] has no rate for GBP, and other rules have limits in other currencies"],
        ),
    ],
)
def test_rules_that_do_nothing_or_surprise_are_said(text: str, words: Sequence[str]) -> None:
    found = problems(text)
    assert len(found) == len(words), found
    for line, start in zip(found, words, strict=True):
        assert line.startswith(start), found


@pytest.mark.parametrize(
    ("levels", "words"),
    [
        ('approvers = ["Ben"]', ["4: approvers: unknown approver Ben; did you mean ben?"]),
        (
            'approvers = [\n  "ben",\n  "group:director",\n]\nfallback = ["greta", "dora"]',
            ["6: approvers: unknown group 'director'; did you mean directors?"],
        ),
        (
            'approvers = ["ben"]\nfallback = ["dora"]\nescalate_to = ["zed"]',
            ["6: escalate_to: unknown person to escalate to, zed"],
        ),
        (
            'approvers = ["ben"]',
            ["2: level x has nobody left to approve it without the requester, when ben makes the request; give it a"],
        ),
        (
            'approvers = ["manager"]',
            ["2: level x has nobody left to approve it: a manager is missing, when any of chen, emeka and greta"],
        ),
        ('approvers = ["manager"]\nfallback = ["greta", "dora"]', []),
        ('approvers = ["manager", "dora", "chen"]', []),
        (
            'approvers = ["manager"]\nfallback = ["greta"]',
            ["2: level x has nobody left to approve it: a manager is missing, when greta makes the request"],
        ),
        (
            'approvers = ["dora", "greta"]\non_timeout = "escalate"\nescalate_to = ["manager.manager"]\ndue = "2d"',
            ["2: level x has nobody to escalate to: a manager is missing, when any of chen, dora, emeka and greta"],
        ),
        (
            'approvers = ["group:hr"]\nrule = { kind = "quorum", count = 3 }',
            [
                "2: level x asks for 3 approvals but has 1 approver, when any of chen and emeka makes the request",
                "2: level x asks for 3 approvals but has 2 approvers, when any of ana, ben, dora, fay and greta makes",
            ],
        ),
        (
            'approvers = ["group:hr"]\nrule = { kind = "quorum", count = 2 }',
            ["2: level x asks for 2 approvals but has 1 approver, when any of chen and emeka makes the request"],
        ),
        ('approvers = ["group:hr"]\nrule = { kind = "quorum", percent = 100 }', []),
    ],
)
def test_a_level_that_the_company_cannot_decide_is_said(levels: str, words: Sequence[str]) -> None:
    found = problems(
        rule(levels=f'\n\n[[rule.level]]\nname = "x"\n{levels}\n').replace("\n\n", "\n", 1), sample_company()
    )
    assert len(found) == len(words), found
    for line, start in zip(found, words, strict=True):
        assert line.startswith(start), found


def test_a_calendar_that_is_nobody_s_is_said_with_whose_it_is() -> None:
    people = [Person("ana", "Ana", "", calendar="suport"), Person("ben", "Ben", "", calendar="DE-BY")]
    text = rule() + '\n[calendar.support]\nhours = "22:00-06:00"\n'
    found = [each.words for each in check_people(read_policy(text.encode(), "p"), people)]
    assert "[calendar.suport] is missing, and is the calendar of ana; did you mean support?" in found
    assert not any("DE-BY" in words for words in found)


def test_managers_in_a_circle_are_said_where_managers_are_asked() -> None:
    circle = {"ana": "ben", "ben": "dora", "dora": "ana"}
    people = [Person(name, name, "", manager) for name, manager in circle.items()]
    managers = rule(levels=LEVEL.replace("ben", "manager"))
    [problem] = check_people(read_policy(managers.encode(), "p"), people)
    words = "managers in a circle: ana reports to ben reports to dora reports to ana; correct the directory"
    assert (problem.line, problem.words) == (4, words)
    assert check_people(read_policy(rule().encode(), "p"), people) == []


def test_the_sample_policy_fits_the_sample_company() -> None:
    sample = sample_policy()
    assert problems_of(sample, sample_company().run(all_people), TODAY) == []
    assert problems_of(sample, [], TODAY) == []
    assert sample.line("rule", 1, "level", 0, "fallback") == 33


def test_the_first_rule_that_matches_decides() -> None:
    text = (
        rule(*SALES, levels=LEVEL.replace("team", "sales"))
        + rule(EXPENSE, 'countries = "de"', levels=LEVEL.replace("team", "germany"))
        + rule(*SMALL, levels=LEVEL.replace("team", "small"))
        + rule(*LARGE, levels=LEVEL.replace("team", "large"))
        + rule('kind = "hire"', 'name = "new people"', 'expires_after = "30d"')
        + RATES
    )
    expense: dict[str, object] = {"kind": "expense", "amount": 5000, "currency": "USD"}
    assert names(text, **expense | {"details": {"department": "Sales"}}) == ["sales"]
    assert names(text, **expense | {"details": {"country": "de", "department": "IT"}}) == ["germany"]
    assert names(text, **expense) == ["small"]
    assert names(text, **expense | {"amount": 10_000}) == ["small"]
    assert names(text, **expense | {"amount": 8_000, "currency": "EUR"}) == ["small"]
    assert names(text, **expense | {"amount": 12_000, "currency": "JPY"}) == ["small"]
    assert names(text, **expense | {"amount": 120_000, "currency": "JPY"}) == ["large"]
    assert names(text, **expense | {"amount": 80_000, "currency": "EUR"}) == ["large"]
    hired = chain(text, kind="HIRE")
    assert (hired.rule, hired.expires_after_seconds, hired.levels[0].due) == ("new people", 30 * 86_400, None)
    refusals: list[tuple[dict[str, object], str, str]] = [
        (
            expense | {"amount": 8_001, "currency": "EUR"},
            "kind",
            "has rules for expense, but none for this one (€80.01)",
        ),
        (
            expense | {"amount": 1, "currency": "GBP"},
            "currency",
            "compares this expense with $100.00, and has no rate for GBP",
        ),
        (expense | {"details": {"department": ["sales"]}}, "details.department", "it is no text"),
        (expense | {"details": {"country": "Germany"}}, "details.country", "'Germany' is not an ISO 3166 country code"),
        ({"kind": "leave"}, "kind", "unknown kind leave: the policy knows expense and hire"),
        ({"kind": "hire", "levels": [level("ben")]}, "levels", "the company's policy decides the levels"),
    ]
    for fields, field, words in refusals:
        with pytest.raises(ApplicationError, match=re.escape(words)) as refused:
            chain(text, **fields)
        assert (refused.value.type, list(refused.value.details)) == ("InvalidRequest", [field])


def test_managers_and_their_managers() -> None:
    text = rule(
        levels="""
[[rule.level]]
name = "both"
approvers = ["manager", "manager.manager"]
fallback = ["group:hr"]
due = "8 working hours"
on_timeout = "escalate"
escalate_to = ["manager.manager.manager"]
""",
    )
    [of_ana] = chain(text).levels
    assert (of_ana.approvers, of_ana.escalate_to) == (["ben", "dora"], ["greta"])
    assert (of_ana.due, of_ana.fallback) == (Due(working_seconds=8 * 3600), ["chen", "emeka"])
    [of_dora] = chain(text, requester="dora").levels
    assert (of_dora.approvers, of_dora.escalate_to, of_dora.fell_back) == (["greta"], ["chen", "emeka"], False)
    [of_greta] = chain(text, requester="greta").levels
    assert (of_greta.approvers, of_greta.fell_back) == (["chen", "emeka"], True)


def test_a_near_miss_says_whose_id_was_meant() -> None:
    with pytest.raises(ApplicationError, match=r"unknown requester Ana; did you mean ana\?"):
        chain(rule(), requester="Ana")
    with pytest.raises(ApplicationError, match=r"unknown approver Ben on level team; did you mean ben\?"):
        chain("own_levels = true", levels=[level("Ben")])
