"""The summary of a run for whoever owns the API: first what was found, then how much was tested, then what it means."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from pipeline.errors import ExitCode
from pipeline.reports.evidence import evidence_lines, headline, kind
from pipeline.reports.layout import coloured, cut, one_line, padded, printable, table, wrapped
from pipeline.reports.told import OperationTold, Told
from stages.persist import FindingRow

_DETAILED = 25  # findings with their evidence; more are listed by title
_NOTES = 10
_GROUPS = 20
_UNREACHED = 10
_NOT_MADE = 5
_LISTED = 10
_REASON = 300  # characters of why implementations failed


def summary_text(told: Told, *, width: int = 80, colour: bool = False) -> str:
    """The whole summary, ready to be printed."""
    sections = [
        _head(told, width, colour=colour),
        _faults(told, width, colour=colour),
        _notes(told, width),
        _gone(told, width),
        _coverage(told, width),
        _target(told, width),
        _left(told, width),
        _jobs(told, width),
        _result(told, width, colour=colour),
    ]
    return "\n\n".join("\n".join(section) for section in (list(lines) for lines in sections) if section) + "\n"


def findings_text(rows: Sequence[FindingRow], *, width: int = 80, colour: bool = False) -> str:
    """One line a finding, for `sentinel findings`."""
    return "".join(line + "\n" for line in _listed(rows, width, colour=colour))


def _listed(rows: Sequence[FindingRow], width: int, *, colour: bool = False) -> Iterator[str]:
    for row in rows:
        finding = row.finding
        word = coloured(kind(row).ljust(9), "info" if finding.note else finding.severity, colour=colour)
        yield f"{finding.id}  {word}  {padded(row.standing, 11)}  {cut(one_line(finding.operation), width - 38)}"
        yield f"{' ' * 14}{cut(one_line(finding.title), width - 14)}"


def _head(told: Told, width: int, *, colour: bool) -> Iterator[str]:
    run = told.run
    name = one_line(" ".join(part for part in (run.title, run.version) if part) or "API")
    yield coloured(cut(f"{name} at {run.target}", width), "bold", colour=colour)
    took = f" in {_duration(told.duration_ms)}" if told.duration_ms is not None else ""
    facts = [f"run {run.id}", f"{_count(told.requests, 'request')}{took}"]
    if run.request is not None:
        facts += [f"seed {run.request.seed}", ", ".join(run.request.agents)]
    yield from wrapped(one_line("; ".join(facts)), width)


def _faults(told: Told, width: int, *, colour: bool) -> Iterator[str]:
    if not told.faults:
        return
    severities = Counter(row.finding.severity for row in told.faults)
    standings = Counter[str](row.standing for row in told.faults)
    head = f"{_count(len(told.faults), 'FINDING')}: {', '.join(f'{count} {severity}' for severity, count in severities.items())}"
    history = f"({_counts(standings)})"
    if len(head) + len(history) < width:
        yield f"{coloured(head, 'bold', colour=colour)} {history}"
    else:
        yield from (coloured(head, "bold", colour=colour), history)
    for row in told.faults[:_DETAILED]:
        yield ""
        yield headline(row, width=width, colour=colour)
        yield from evidence_lines(row, width=width, again=told.again)
    if len(told.faults) > _DETAILED:
        yield ""
        yield f"and {len(told.faults) - _DETAILED} more:"
        yield from _listed(told.faults[_DETAILED : _DETAILED + 75], width, colour=colour)
        if len(told.faults) > _DETAILED + 75:
            yield "…  (all of them: sentinel findings)"


def _notes(told: Told, width: int) -> Iterator[str]:
    if not told.notes:
        return
    checks = Counter(row.finding.check for row in told.notes)
    yield from wrapped(f"{_count(len(told.notes), 'NOTE')}, permitted or not certain: {_counts(checks)}", width)
    for row in told.notes[:_NOTES]:
        yield f"  {row.finding.id}  {cut(one_line(f'{row.finding.operation}: {row.finding.title}'), width - 16)}"
    if len(told.notes) > _NOTES:
        yield f"  and {len(told.notes) - _NOTES} more: sentinel findings --notes"


def _gone(told: Told, width: int) -> Iterator[str]:
    if not told.gone:
        return
    yield f"{_count(len(told.gone), 'finding')} of earlier runs not seen any more"
    yield from _some([f"{row.finding.id}  {row.finding.operation}: {row.finding.title}" for row in told.gone], width)


def _coverage(told: Told, width: int) -> Iterator[str]:
    if not told.operations:
        return
    success, total = told.reached("success"), len(told.operations)
    yield f"COVERAGE: {success} of {_count(total, 'operation')} answered a valid request with a 2xx"
    groups: dict[str, list[OperationTold]] = {}
    for operation in told.operations:
        groups.setdefault(operation.group, []).append(operation)
    largest = sorted(groups, key=lambda name: (-len(groups[name]), name))
    shown = sorted(largest[:_GROUPS])
    rows = [_group_row(name, groups[name]) for name in shown]
    if len(largest) > _GROUPS:
        rest = [operation for name in largest[_GROUPS:] for operation in groups[name]]
        rows.append(_group_row(f"{len(largest) - _GROUPS} smaller groups", rest))
    head = ("group", "operations", "2xx", "other", "silent", "not tried", "requests")
    yield from (f"  {line}" for line in table(head, rows, width=width - 2))
    unreached = [operation for operation in told.operations if operation.reached != "success"]
    if unreached:
        yield f"without a 2xx{' (the first)' if len(unreached) > _UNREACHED else ''}:"
        yield from _some([f"{operation.key}: {_why(operation)}" for operation in unreached], width, most=_UNREACHED)
    yield from _not_made(told, width)


def _not_made(told: Told, width: int) -> Iterator[str]:
    """Operations of which agents could make nothing, or not everything, with the reason."""
    short = [operation for operation in told.operations if operation.not_made]
    if not short:
        return
    yield f"not everything could be made at {_count(len(short), 'operation')}:"
    for operation in short[:_NOT_MADE]:
        one = operation.not_made[0]
        how_much = "nothing made" if one.nothing else f"{_count(one.count, 'test')} not made" if one.count else "made without a part"
        more = f" (and {_count(len(operation.not_made) - 1, 'other reason')})" if len(operation.not_made) > 1 else ""
        lines = wrapped(one_line(f"{operation.key}: {how_much} by {one.agent}: {one.reason}{more}"), width - 4)
        yield from ("  " + ("  " if number else "") + line for number, line in enumerate(lines))
    if len(short) > _NOT_MADE:
        yield f"  and {len(short) - _NOT_MADE:,} more, which --report ndjson names"


def _group_row(name: str, operations: Sequence[OperationTold]) -> tuple[str, ...]:
    reached = Counter(operation.reached for operation in operations)
    untried = reached["skipped"] + reached["withheld"] + reached["not tried"]
    requests = sum(operation.coverage.requests + operation.coverage.foreign for operation in operations)
    counts = (len(operations), reached["success"], reached["answered"], reached["no answer"], untried, requests)
    return one_line(name) or "-", *(f"{count:,}" if count else "-" for count in counts)


def _why(operation: OperationTold) -> str:
    coverage = operation.coverage
    match operation.reached:
        case "answered":
            return "only " + ", ".join(
                f"{status} ({count}{' to what was broken on purpose' if status.startswith('2') else ''})"
                for status, count in coverage.statuses.items()
                if status != "0"
            )
        case "skipped":
            return f"skipped: {coverage.skipped}"
        case "withheld":
            return "withheld: it would change what this run did not make"
        case reached:
            return reached


def _target(told: Told, width: int) -> Iterator[str]:
    words = {"dead": "stopped answering", "blocking": "turned us away", "alive": "answered again"}
    bad = [state for state in told.states if state.state != "alive"]
    if not bad:
        return
    for state in told.states[-_LISTED:]:
        if state.detail.startswith("the target "):  # a whole sentence
            where = f"After case {state.after_ordinal}: " if state.after_ordinal >= 0 else ""
            yield from wrapped(f"{where}{one_line(state.detail)}", width)
            continue
        detail = f": {one_line(state.detail)}" if state.detail else ""
        where = f" after case {state.after_ordinal}" if state.after_ordinal >= 0 else ""
        yield from wrapped(f"The target {words[state.state]}{where}{detail}", width)


def _left(told: Told, width: int) -> Iterator[str]:
    if told.undecided:
        count = _count(len(told.undecided), "request")
        yield from wrapped(f"MAY HAVE HAPPENED: {count} under way when the run was cut off; never sent again by itself", width)
        yield from _some([f"{one.request} (case {one.ordinal}, {one.step})" for one in told.undecided], width)
    if told.left_behind:
        count = _count(len(told.left_behind), "object")
        lasting = sum(not one.made.remover for one in told.left_behind)
        if lasting == len(told.left_behind):
            how = ", which no operation of the document removes"
        else:
            how = f"; to remove: sentinel cleanup {told.run.id}{told.again}"
            how += f" (no operation of the document removes {lasting:,} of them)" if lasting else ""
        yield from wrapped(f"LEFT BEHIND: {count} at the target{how}", width)
        yield from _some([f"{one.made.path} (made by {one.made.operation})" for one in told.left_behind], width)


def _jobs(told: Told, width: int) -> Iterator[str]:
    """What the implementations of agents failed at."""
    if told.set_aside:
        counts = Counter(job.agent for job in told.set_aside)
        last = {job.agent: "; ".join(job.failed) for job in told.set_aside}
        agents = [f"{agent} {count:,} (last: {cut(one_line(last[agent]), _REASON)})" for agent, count in counts.items()]
        head = f"SET ASIDE: {len(told.set_aside):,} of {_count(told.jobs, 'job')}, which no implementation could do"
        yield from wrapped(f"{head}: {', '.join(agents)}", width)
    if told.differing:
        first = told.differing[0]
        where = _counts(Counter(row.agent for row in told.differing))
        head = f"ANSWERS DIFFER at {_count(len(told.differing), 'job')} ({where}) between implementations that claim to answer alike"
        yield from wrapped(f"{head}: one of them has a bug. To see the first:", width)
        yield printable(f"  sentinel routing explain {first.job} --run {told.run.id}{told.store}")


def _some(lines: Sequence[str], width: int, most: int = _LISTED) -> Iterator[str]:
    for line in lines[:most]:
        yield "  " + cut(one_line(line), width - 2)
    if len(lines) > most:
        yield f"  and {len(lines) - most:,} more"


def _result(told: Told, width: int, *, colour: bool) -> Iterator[str]:
    code = told.exit_code
    match code:
        case ExitCode.CLEAN:
            text, name = "Tested, nothing found.", "good"
        case ExitCode.FINDINGS:
            text, name = f"{_count(len(told.faults), 'finding')} to look at: sentinel show ID has the whole evidence.", "high"
            if told.why_not_tested:
                text += f" Beside that it was not tested: {told.why_not_tested}."
        case ExitCode.INTERRUPTED:
            text, name = f"Interrupted: sentinel run --resume {told.run.id}{told.again} goes on from here.", "medium"
        case _:
            text, name = f"NOT TESTED: {told.why_not_tested}. That nothing was found means nothing.", "medium"
    for line in wrapped(one_line(text), width):
        yield coloured(line, name, colour=colour)
    yield f"Exit code {int(code)}."


def _count(number: int, noun: str) -> str:
    plural = noun if number == 1 else noun + ("S" if noun.isupper() else "s")
    return f"{number:,} {plural}"


def _counts(counter: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counter.items(), key=lambda item: (-item[1], item[0])))


def _duration(duration_ms: float) -> str:
    seconds = duration_ms / 1000
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 120 else f"{minutes} min {rest:02} s"
