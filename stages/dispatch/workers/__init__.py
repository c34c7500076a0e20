"""Agent workers: long-lived subprocesses that speak the agent protocol (native/PROTOCOL.md), supervised.

``command`` finds the program, ``process`` owns one subprocess, ``worker`` holds the conversation with it, ``pool`` keeps those of an arm.
"""
