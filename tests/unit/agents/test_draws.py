"""Streams of pseudo-random numbers."""

from collections import Counter

from stages.agents.core.draws import Draws, case_state, hash64, mix64, operation_state, place_hash, stream


def test_the_generator_is_splitmix64() -> None:
    """The first numbers from state 0 are those that the authors' reference code prints."""
    draws = Draws(0)
    assert [draws.next() for _ in range(3)] == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]


def test_the_hash_is_blake2b_of_eight_bytes_little_endian() -> None:
    """The digest of nothing, as b2sum -l 64 prints it, read from its end."""
    assert hash64(b"") == int.from_bytes(bytes.fromhex("e4a6a0577479b2b4"), "little")


def test_bounded_draws_are_even_and_stay_below() -> None:
    """Every number below the bound comes about equally often."""
    draws = Draws(9)
    counts = Counter(draws.below(7) for _ in range(7000))
    assert sorted(counts) == list(range(7))
    assert all(850 < count < 1150 for count in counts.values())


def test_a_bound_of_one_and_the_largest_bound_both_take_one_number() -> None:
    """No draw depends on the bound."""
    first, second = Draws(1), Draws(1)
    assert first.below(1) == 0
    assert second.below(1 << 64) == Draws(1).next()
    assert first.state == second.state


def test_ranges_wider_than_64_bits_are_cut_to_their_first_2_64_numbers() -> None:
    """between() never overflows what a draw can be."""
    draws = Draws(3)
    assert all(-5 <= draws.between(-5, 1 << 80) < (1 << 64) - 5 for _ in range(50))


def test_seed_agent_operation_ordinal_and_place_each_make_another_stream() -> None:
    """Nothing that names a stream is without effect."""
    base = operation_state(1, "a", "GET /")
    others = {
        operation_state(2, "a", "GET /"),
        operation_state(1, "b", "GET /"),
        operation_state(1, "a", "GET /x"),
        operation_state(-1, "a", "GET /"),
    }
    assert len(others | {base}) == 5
    assert case_state(base, 0) != case_state(base, 1)
    assert stream(case_state(base, 0), "body").next() != stream(case_state(base, 0), "query/a").next()


def test_states_are_taken_modulo_2_64() -> None:
    """Sums past 64 bits wrap, as unsigned numbers do elsewhere."""
    assert mix64((1 << 64) + 5) == mix64(5)
    assert 0 <= place_hash("query/é") < 1 << 64
    assert 0 <= case_state((1 << 64) - 1, 10**6) < 1 << 64
