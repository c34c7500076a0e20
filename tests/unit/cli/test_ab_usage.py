"""What ``sentinel ab`` refuses before it starts anything."""

import pytest

from pipeline.cli import main
from pipeline.errors import ExitCode


@pytest.mark.parametrize(
    ("argv", "text"),
    [
        (
            ["--agent", "functional-positiv", "--between", "python,rust"],
            "there is no agent 'functional-positiv'; did you mean 'functional-positive'?",
        ),
        (["--between", "pyton,rust"], "there is no implementation 'pyton'; did you mean 'python'?"),
        (["--between", "python"], "--between takes two names, as in python,rust, got 'python'"),
        (["--between", "python,rust,perl"], "--between takes two names"),
        ([], "name two implementations with --between NAME,NAME, or two weightings with --weights W --against W"),
        (["--between", "python,rust", "--weights", "speed=1"], "name two implementations"),
        (["--weights", "speed=1"], "--weights and --against go together"),
        (["--between", "python,rust", "--against", "speed=1"], "--weights and --against go together"),
        (["--weights", "speed", "--against", "speed=1"], "--weights takes speed=X,quality=Y with numbers of at least 0, got 'speed'"),
        (["--weights", "speed=1", "--against", "sped=1"], "--against takes speed=X,quality=Y"),
        (["--weights", "speed=-1", "--against", "speed=1"], "--weights takes speed=X,quality=Y"),
        (["--weights", "speed=nan", "--against", "speed=1"], "--weights takes speed=X,quality=Y"),
        (["--between", "python,rust", "--metric", "tim"], "there is no metric 'tim'; did you mean 'time'?"),
        (["--between", "python,rust", "--jobs", "0"], "--jobs takes a number from 1 to 10000, got 0"),
        (["--between", "python,rust", "--restart-every", "-1"], "--restart-every takes a number from 0 to 10000, got -1"),
        (["--between", "python,rust", "--alpha", "0"], "--alpha takes a chance above 0 and up to 0.5, got 0"),
        (["--between", "python,rust", "--alpha", "nan"], "--alpha takes a chance above 0"),
        (["--between", "python,rust", "--margin", "-5"], "--margin takes a percentage above 0"),
        (["--between", "python,rust", "--time", "soon"], "--time: not a length of time such as"),
    ],
)
def test_a_wrong_use_ends_with_2_and_says_what_to_do(capsys, argv, text):
    """On standard error, with a suggestion where there is one, before the document is even looked for."""
    agent = [] if "--agent" in argv else ["--agent", "functional-positive"]
    assert main(["ab", "no-such-file.json", *agent, *argv]) == ExitCode.USAGE
    out, errors = capsys.readouterr()
    assert text in errors
    assert out == ""
