"""``sentinel demo``: a small API with planted defects, to try things on."""

import argparse

from pipeline.errors import ExitCode, UsageError

EPILOG = """\
Try it: `sentinel demo` in one terminal, `sentinel run http://127.0.0.1:8421` in another. It ends with Ctrl-C. --run does both at once,
on a free port, and ends with 0 when the demo was tested."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--clean", action="store_true", help="without any defect")
    parser.add_argument("--off", metavar="DEFECT", action="append", default=[], help="without this defect")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="places the defects on other operations; default: 0")
    parser.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1")
    parser.add_argument("--port", metavar="N", type=int, default=8421, help="0: any free one; default: 8421")
    parser.add_argument("--run", action="store_true", dest="and_run", help="test it at once, say what was found, and end")
    parser.add_argument("--time", metavar="20s", default="20s", help="with --run: for how long; default: 20s")


def run(arguments: argparse.Namespace) -> int:
    if arguments.and_run:
        from pipeline.cli.demo_run import demo_run

        return demo_run(arguments)
    from pipeline.demo import serve

    if not 0 <= arguments.port <= 65_535:
        raise UsageError(f"--port takes a number from 0 to 65535, got {arguments.port}")
    try:
        serve(arguments.host, arguments.port, arguments.seed, clean=arguments.clean, off=arguments.off)
    except ValueError as error:  # an unknown defect
        raise UsageError(str(error)) from None
    except OSError as error:
        raise UsageError(
            f"cannot listen on {arguments.host}:{arguments.port}: {error.strerror or error}; choose another with --port"
        ) from None
    return ExitCode.CLEAN
