"""``python -m stages.agents``: a worker that speaks the agent protocol on its standard streams."""

import os
import sys

from stages.agents.worker import main

status = main(sys.argv[1:])
sys.stderr.flush()
os._exit(status)  # nothing is left to tidy up, and the other side waits for the end
