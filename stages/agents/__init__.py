"""The Python agents: a program of its own (``python -m stages.agents``) that starts fast and imports little.

``wire`` is the agent protocol without any I/O, shared with dispatch; ``core`` makes values of schemas; an agent is a module over it.
"""
