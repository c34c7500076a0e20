"""The schedule: phase 0 in dependency order, then epochs in proportion to worth, all of it deterministic."""

import pytest

from pipeline.messages import Credit, Instance, Knowledge, Parameter, Settled, Slot
from stages.dispatch.schedule import Schedule

AGENT = "functional-positive"


def schedule(api, *, epoch=20, job=8):
    return Schedule(api.operations, (AGENT,), epoch, job, 4)


def settled(ordinal, operation, *, agent=AGENT, taken=True, worth=0.0, hung=False, requests=1):
    credit = Credit(worth=worth, requests=requests)
    knowledge = Knowledge(taken=taken, hung=hung)
    return Settled(ordinal=ordinal, job=0, operation=operation, agent=agent, credit=credit, knowledge=knowledge)


def growing(api, *keys):
    """Gives these operations (none named: all) an input, so that their cases differ."""
    for op in api.operations:
        if not keys or op.key in keys:
            op.parameters.append(Parameter(name="q", location="query"))
    return api


def counts(jobs):
    asked = {}
    for job in jobs:
        for span in job.spans:
            asked[span.operation] = asked.get(span.operation, 0) + span.count
    return asked


def test_first_pass_asks_one_case_of_each_operation_level_by_level(make_api):
    """Phase 0 is one case an operation, a dependency level an epoch."""
    api = make_api("DELETE /a/{id}", "GET /a/{id}", "GET /b", "POST /a", level={"DELETE /a/{id}": 9, "GET /a/{id}": 1})
    plan = schedule(api)
    assert plan.first_pass == 3
    order = [[span.operation for job in plan.plan(epoch) for span in job.spans] for epoch in range(3)]
    assert order == [["GET /b", "POST /a"], ["GET /a/{id}"], ["DELETE /a/{id}"]]


def test_phase_0_waits_for_all_before_it_and_later_epochs_for_the_last_but_one(make_api):
    """An epoch of phase 0 needs every earlier one folded; a later epoch k needs those up to k - 2."""
    plan = schedule(make_api("GET /a", "GET /b", level={"GET /b": 1}))
    assert [plan.needs(epoch) for epoch in range(5)] == [0, 1, 2, 2, 3]


def test_ordinals_of_a_stream_go_on_without_gap_or_repeat(make_api):
    """Over all epochs, the spans of one operation cover its ordinals from 0, each once."""
    plan = schedule(growing(make_api("GET /a", "GET /b")))
    seen = {"GET /a": [], "GET /b": []}
    for epoch in range(4):
        for job in plan.plan(epoch):
            assert job.cases <= 8
            for span in job.spans:
                seen[span.operation] += range(span.start, span.start + span.count)
    assert all(ordinals == list(range(len(ordinals))) for ordinals in seen.values())


def test_worth_draws_cases(make_api):
    """The operation whose cases were worth more gets more of the next epoch, the other still at least one."""
    plan = schedule(growing(make_api("GET /a", "GET /b")))
    plan.plan(0)
    for ordinal in range(10):
        plan.fold(settled(ordinal, "GET /a", worth=10))
        plan.fold(settled(ordinal, "GET /b", worth=0))
    asked = counts(plan.plan(1))
    assert asked["GET /a"] > 5 * asked["GET /b"] >= 5
    assert sum(asked.values()) == pytest.approx(20, abs=1)


def test_an_operation_counts_as_reached_for_all_agents_once_one_of_them_reached_it(make_api):
    """What breaks requests never reaches an operation itself: without that it would look for what others have found."""
    broken = "functional-negative"
    plan = Schedule(growing(make_api("GET /a", "GET /b")).operations, (AGENT, broken), 40, 40, 4)
    plan.fold(settled(0, "GET /a"))
    plan.fold(settled(1, "GET /b", agent=broken, taken=False))
    reached = {stream: one.reached for stream, one in plan.streams.items()}
    assert reached == {(AGENT, "GET /a"): True, (broken, "GET /a"): True, (AGENT, "GET /b"): False, (broken, "GET /b"): False}


def test_an_operation_that_hangs_rests_and_longer_the_next_time(make_api):
    """A hang lets an operation rest for 12 epochs, the second for 144, however many cases of one epoch hung."""
    plan = schedule(growing(make_api("GET /a", "GET /b")))
    plan.plan(0)
    rests = []
    epoch = 1
    for _ in range(2):
        for ordinal in range(3):
            plan.fold(settled(ordinal, "GET /a", taken=False, hung=True))
        start = epoch
        while "GET /a" not in counts(plan.plan(epoch)):
            epoch += 1
        rests.append(epoch - start)
        epoch += 1
    assert rests == [12, 144]


def test_an_operation_whose_requests_are_withheld_rests(make_api):
    """Cases of which nothing was sent make an operation rest, until one is sent."""
    plan = schedule(growing(make_api("GET /a", "GET /b")))
    plan.plan(0)
    plan.fold(settled(0, "GET /a", taken=False, requests=0))
    plan.fold(settled(1, "GET /a", taken=False, requests=0))
    assert ["GET /a" in counts(plan.plan(epoch)) for epoch in range(1, 7)] == [False, False, False, False, True, True]


def test_exhausted_streams_get_no_more_and_the_plan_ends_with_the_last(make_api):
    """When every stream has ended there is nothing left to plan."""
    plan = schedule(growing(make_api("GET /a", "GET /b")))
    plan.plan(0)
    plan.exhausted(AGENT, "GET /a")
    assert set(counts(plan.plan(1))) == {"GET /b"}
    plan.exhausted(AGENT, "GET /b")
    assert plan.plan(2) == []


def test_a_read_without_inputs_gets_one_case_an_epoch_however_much_it_is_worth(make_api):
    """It is always the same request; headers that are none of the operation's are no inputs."""
    api = growing(make_api("GET /a", "HEAD /a", "GET /b", "POST /c"), "GET /b")
    api.operations[0].parameters.append(Parameter(name="Accept", location="header"))
    plan = schedule(api)
    plan.plan(0)
    for ordinal in range(10):
        plan.fold(settled(ordinal, "GET /a", worth=10))
    asked = counts(plan.plan(1))
    assert (asked["GET /a"], asked["HEAD /a"]) == (1, 1)
    assert asked["GET /b"] > 1
    assert asked["POST /c"] > 1
    assert sum(asked.values()) == pytest.approx(20, abs=1)


def test_a_read_without_inputs_rests_longer_and_longer_until_it_brings_something_new(make_api):
    """2, 4, 8, ... epochs at the most 64; one that was worth anything is asked in the next epoch again."""
    plan = schedule(growing(make_api("GET /a", "GET /b"), "GET /b"))
    plan.plan(0)
    rests = []
    epoch = 1
    for worth in [0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0]:
        plan.fold(settled(epoch, "GET /a", worth=worth))
        start = epoch
        while "GET /a" not in counts(plan.plan(epoch)):
            epoch += 1
        rests.append(epoch - start)
        epoch += 1
    assert rests == [2, 4, 8, 0, 2, 4, 8, 16, 32, 64, 64]


def test_a_header_that_is_no_parameter_is_no_input(make_api):
    """All requests of such an operation are the same."""
    api = growing(make_api("GET /a", "GET /b"), "GET /b")
    api.operations[0].parameters.append(Parameter(name="Upgrade", location="header", required=True))
    plan = schedule(api)
    plan.plan(0)
    plan.fold(settled(1, "GET /a"))
    assert ["GET /a" in counts(plan.plan(epoch)) for epoch in range(1, 4)] == [False, False, True]


def test_reads_without_inputs_alone_end_when_they_bring_nothing_new(make_api):
    """However many they are: each is asked until it was worth nothing twice, and the plan ends."""
    keys = [f"GET /{number}" for number in range(200)]
    plan = schedule(make_api(*keys))
    asked, waiting = dict.fromkeys(keys, 0), []
    for epoch in range(50):
        for key in waiting[epoch - 1] if epoch else ():
            plan.fold(settled(epoch, key, worth=3.0 if asked[key] == 1 and epoch == 1 else 0.0))
        jobs = plan.plan(epoch)
        if not jobs:
            break
        waiting.append(list(counts(jobs)))
        for key, count in counts(jobs).items():
            asked[key] += count
    else:
        pytest.fail("it never ends")
    assert set(asked.values()) == {3}


def test_jobs_carry_the_knowledge_their_slots_need_and_no_more(make_api):
    """A job knows the objects of the resources its operations take from, made ones first."""
    api = make_api("GET /a/{id}", "GET /c")
    api.operations[0].slots.append(Slot(place="path/id", resource="/a", fields=["{}", "id"]))
    plan = schedule(api)
    theirs, ours = Instance(fields={"id": 1}), Instance(fields={"id": 2}, made=True)
    knowledge = Knowledge(instances={"/a": [theirs, ours], "/z": [theirs]}, taken=True)
    plan.fold(Settled(ordinal=0, job=0, operation="GET /c", agent=AGENT, credit=Credit(), knowledge=knowledge))
    assert [job.knowledge for job in plan.plan(0)] == [{"/a": [ours, theirs]}]


def test_equal_folds_make_equal_plans(make_api):
    """Two schedules that folded the same words plan the same jobs."""
    api = make_api("GET /a", "GET /b", "POST /c")
    one, two = schedule(api), schedule(api)
    for plan in (one, two):
        plan.plan(0)
        for ordinal, key in enumerate(["GET /a", "POST /c", "GET /b"]):
            plan.fold(settled(ordinal, key, worth=ordinal))
    assert one.plan(1) == two.plan(1)
