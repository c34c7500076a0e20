"""What a contest has shown, in words and as JSON."""

import shlex
from math import inf, isfinite
from typing import Any

import msgspec
from msgspec import Struct

from pipeline.cli.text import counted, printable, table
from stages.dispatch.comparing import Contest, Difference, Estimate
from stages.dispatch.comparing.contest import chosen_by

SHAPING = ("dispatch.", "ingest.")  # what of the configuration shapes cases; the rest may hold credentials


class Setting(Struct, frozen=True, kw_only=True):
    """What was compared on, as asked for; ``ended``: decided, jobs, time, interrupted."""

    spec: str
    document: str
    operations: int
    agent: str
    seed: int
    jobs: int
    alpha: float
    margin: float
    config: str
    sets: list[str]
    ended: str


_ENDED = {
    "decided": "decided",
    "jobs": "all jobs done",
    "time": "the time was over",
    "interrupted": "interrupted",
}
# metric -> how the better side is said to be so many times better than the other
_WORDS = {
    "time": "{better} is {times} times as fast as {other}",
    "cpu": "{other} takes {times} times the CPU time of {better}",
    "efficiency": "{better} makes {times} times the answers a millisecond that {other} makes",
    "worth": "{better} covers {times} times what {other} covers",
}
_ONLY = {
    "time": "only {better} has a time",
    "cpu": "only {better} has a time",
    "efficiency": "only {better} makes answers",
    "worth": "only {better} covers anything",
}


def as_text(setting: Setting, contest: Contest) -> str:
    """The whole report."""
    names = _names(contest)
    lines = [
        f"{setting.agent}, {counted(setting.operations, 'operation')} of {setting.document or setting.spec}, seed {setting.seed}",
        f"{counted(contest.pairs, 'pair')} of {setting.jobs:,}: {_ENDED[setting.ended]}",
        "",
        *_table(contest).splitlines(),
        "",
    ]
    if contest.same:
        different = contest.pairs - contest.same - contest.both_failed
        lines.append(f"choices: another arm in {different} of {counted(contest.pairs, 'job')}; what follows is about those")
    lines += [_metric(name, contest, names, setting) for name in contest.comparisons]
    lines += _failures(contest, names)
    lines += _remarks(contest)
    lines += _answers(setting, contest)
    return "\n".join(map(printable, lines))


def as_json(setting: Setting, contest: Contest) -> str:
    """One object; bounds that are not known (0, infinity) are null."""
    estimates = {name: comparison.estimate() for name, comparison in contest.comparisons.items()}
    names = _names(contest)
    chosen = chosen_by(contest)
    difference: Any = None
    if contest.difference is not None:
        found = contest.difference
        difference = {**msgspec.to_builtins(found), "job": msgspec.to_builtins(found.job), "commands": _commands(setting, found)}
    whole = {
        **{name: value for name, value in msgspec.structs.asdict(setting).items() if name != "sets"},
        "pairs": contest.pairs,
        "sides": [
            {"name": side.name, **msgspec.structs.asdict(tally), **({"chosen": chosen[side.name]} if side.name in chosen else {})}
            for side, tally in zip(contest.sides, contest.tallies, strict=True)
        ],
        "metrics": [
            {
                "metric": name,
                "pairs": contest.compared[name],
                "rounds": one.rounds,
                "ratio": _known(one.ratio),
                "low": _known(one.low),
                "high": _known(one.high),
                "p": one.p,
                "verdict": one.verdict,
                "better": names[0] if one.verdict == "first" else names[1] if one.verdict == "second" else None,
                "within_margin": contest.comparisons[name].within_margin,
            }
            for name, one in estimates.items()
        ],
        "failures": {"p": contest.failures.p, "verdict": contest.failures.verdict, "both": contest.both_failed},
        "same_choice": contest.same,
        "empty": contest.empty,
        "unclocked": contest.unclocked,
        "differing": contest.differing,
        "difference": difference,
    }
    return msgspec.json.encode(whole).decode()


def _known(value: float) -> float | None:
    return value if isfinite(value) and value > 0 else None


def _names(contest: Contest) -> tuple[str, str]:
    return contest.sides[0].name, contest.sides[1].name


def _table(contest: Contest) -> str:
    chosen = chosen_by(contest)
    head = ["SIDE", "JOBS", "FAILED", "ANSWERS", "MEAN MS", "CPU MS", "ANSWERS/MS", "COVERED"]
    rows: list[list[object]] = []
    for side, tally in zip(contest.sides, contest.tallies, strict=True):
        done = max(tally.jobs - tally.failed, 1)
        rows.append(
            [
                side.name,
                tally.jobs,
                tally.failed,
                tally.answers,
                f"{tally.wall_ms / done:.2f}",
                f"{tally.cpu_ms / done:.2f}",
                f"{tally.answers / tally.wall_ms:.2f}" if tally.wall_ms > 0 else "",
                tally.covered,
            ]
        )
        if chosen:
            rows[-1].append(", ".join(f"{arm} {count}" for arm, count in sorted(chosen.get(side.name, {}).items())))
    return table([*head, "CHOSE"] if chosen else head, rows)


def _metric(name: str, contest: Contest, names: tuple[str, str], setting: Setting) -> str:
    estimate = contest.comparisons[name].estimate()
    margin = f"{setting.margin * 100:g} %"
    if estimate.verdict in ("first", "second"):
        better, other = names if estimate.verdict == "first" else names[::-1]
        turned = estimate if estimate.verdict == "first" else _turned(estimate)
        times = _times(turned.ratio) if isfinite(turned.ratio) else _interval(turned)
        interval = f"{100 * (1 - setting.alpha):g} % interval {_interval(turned)}; " if isfinite(turned.ratio) else ""
        said = (_ONLY[name] if turned.low == inf else _WORDS[name]).format(better=better, other=other, times=times)
        within = f", which is within {margin}" if contest.comparisons[name].within_margin else ""
        return f"{name}: {said} ({interval}p {_p(turned.p)}; {counted(contest.compared[name], 'pair')}){within}"
    if not contest.compared[name]:
        same = contest.same and contest.same + contest.both_failed == contest.pairs
        return f"{name}: no difference, the same arm did each job" if same else f"{name}: no pair says anything of it"
    pairs = counted(contest.compared[name], "pair")
    words = _WORDS[name].format(better=names[0], other=names[1], times=_interval(estimate))
    known = words if estimate.low > 0 or isfinite(estimate.high) else "too few for an interval"
    if estimate.verdict == "equivalent":
        return f"{name}: equivalent within {margin} after {pairs} ({known})"
    return f"{name}: no difference shown after {pairs} ({known})"


def _turned(estimate: Estimate) -> Estimate:
    """The same from the other side."""

    def over(value: float) -> float:
        return inf if value == 0 else 1 / value

    return Estimate(
        rounds=estimate.rounds, ratio=over(estimate.ratio), low=over(estimate.high), high=over(estimate.low), p=estimate.p,
        verdict=estimate.verdict,
    )  # fmt: skip


def _interval(estimate: Estimate) -> str:
    if not isfinite(estimate.high):
        return f"at least {_times(estimate.low)}"
    if not estimate.low:
        return f"at most {_times(estimate.high)}"
    return f"{_times(estimate.low)} to {_times(estimate.high)}"


def _times(value: float) -> str:
    digits = 3 if 0.98 < value < 1.02 else 2 if value < 10 else 1 if value < 100 else 0
    return f"{value:,.{digits}f}" if value >= 0.01 else f"{value:.2g}"


def _p(value: float) -> str:
    return "< 0.0001" if value < 0.0001 else f"= {value:.2g}"


def _failures(contest: Contest, names: tuple[str, str]) -> list[str]:
    counts = [f"{name} {tally.failed} of {tally.jobs}" for name, tally in zip(names, contest.tallies, strict=True)]
    reasons = [f"  {name}, the last: {tally.why}" for name, tally in zip(names, contest.tallies, strict=True) if tally.failed]
    if not reasons:
        return ["failures: none"]
    match contest.failures.verdict:
        case "first" | "second" as worse:
            said = f"{names[0] if worse == 'first' else names[1]} fails more often (p {_p(contest.failures.p)})"
        case _:
            said = "no difference shown"
    return [f"failures: {said}: {', '.join(counts)}", *reasons]


def _remarks(contest: Contest) -> list[str]:
    lines = [f"left out: {counted(contest.empty, 'pair')} in which neither made an answer"] if contest.empty else []
    lines += [f"left out: {counted(contest.unclocked, 'pair')} with a time that is none"] if contest.unclocked else []
    return lines


def _answers(setting: Setting, contest: Contest) -> list[str]:
    found = contest.difference
    if found is None:
        return ["answers: equal in every pair"] if contest.answers_compared else []
    place = f"{found.operation}, ordinal {found.ordinal}" if found.operation else f"answer {found.position} of job {found.job.id}"
    return [
        "",
        f"ANSWERS DIFFER in {contest.differing} of {counted(contest.answers_compared, 'pair')}: both are deterministic, so one has a fault",
        f"first at {place} ({found.arms[0]}, {found.arms[1]}); the last line of each of these shows it:",
        *[f"  {command}" for command in _commands(setting, found)],
    ]


def _commands(setting: Setting, found: Difference) -> list[str]:
    """Command lines whose last line of output is the answer in question, one for each arm."""
    if not found.operation:
        return []
    glob = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in found.operation)
    commands: list[str] = []
    for arm in found.arms:
        words = ["sentinel", "generate", setting.spec, "--agent", setting.agent, "--impl", arm, "--operation", glob]
        words += ["--seed", str(setting.seed), "--count", str(found.ordinal + 1)]
        words += ["--config", setting.config] if setting.config else []
        words += [word for each in setting.sets if each.startswith(SHAPING) for word in ("--set", each)]
        commands.append(shlex.join(words))
    return commands
