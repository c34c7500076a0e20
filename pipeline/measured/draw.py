"""``python draw.py png|svg``: a Vega-Lite specification from standard input as a picture on standard output.

A process of its own: what draws is a whole JavaScript engine, and may crash, hang or grow without the command that asked for it.
"""

import importlib
import sys

NOT_INSTALLED = 69  # EX_UNAVAILABLE of sysexits.h


def main(form: str) -> int:
    """Draw; the exit status says whether what draws is there. Nothing is fetched from anywhere."""
    try:
        vl_convert = importlib.import_module("vl_convert")  # of an extra: it may be missing, also where types are checked
    except ImportError:
        return NOT_INSTALLED
    text = sys.stdin.buffer.read().decode()
    if form == "png":
        sys.stdout.buffer.write(vl_convert.vegalite_to_png(text, scale=2, allowed_base_urls=[]))
    else:
        sys.stdout.buffer.write(vl_convert.vegalite_to_svg(text, allowed_base_urls=[]).encode())
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
