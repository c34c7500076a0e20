"""How a value is made, apart from what the schema says (GENERATION.md, section 9)."""

import enum

VALUES_BEFORE_THRIFT = 128
"""So many parts of a value are made before optional ones are left out."""


class GaveUp(Exception):
    """Nothing was made; the text says why."""


class Mode(enum.IntEnum):
    """How the choices are made that a schema leaves open."""

    BEST = 0
    FULL = 1
    RANDOM = 2


class Vary(enum.IntEnum):
    """Which texts are made different from case to case: none, those made up for names that ask for it, those in examples too, or all."""

    NOTHING = 0
    MADE = 1
    SAMPLES = 2
    ALL = 3  # and examples are not used
