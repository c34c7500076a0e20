"""Dispatch decides what is tested next, lets agent workers make it, and sends it on; it knows no HTTP and no check.

``schedule`` says what to ask for, ``router`` whom to ask, ``race`` carries that out on ``workers``, ``stage`` joins them to the streams.
"""

from stages.dispatch.config import DispatchConfig
from stages.dispatch.run import CLEANUP_FROM, AgentCase, Committed
from stages.dispatch.stage import ROUTING, Dispatch

__all__ = ["CLEANUP_FROM", "ROUTING", "AgentCase", "Committed", "Dispatch", "DispatchConfig"]
