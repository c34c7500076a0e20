"""Score: judges exchanges. Checks, findings, coverage, credit and what the answers taught live here; sending requests does not."""

from stages.score.config import ScoreConfig, Weights
from stages.score.fold import Fold
from stages.score.naming import with_new_names
from stages.score.stage import Score

__all__ = ["Fold", "Score", "ScoreConfig", "Weights", "with_new_names"]
