"""JSON text as values that every judge can be told: numbers beyond doubles as integers of all their digits."""

import json
import math
from decimal import Decimal
from typing import Any


def loads(text: str | bytes) -> Any:
    """The value of a JSON text. Raises ValueError."""
    return json.loads(text, parse_float=_number)


def _number(text: str) -> float | int:
    number = float(text)
    return number if math.isfinite(number) else int(Decimal(text))
