"""The frame: messages, errors, events, configuration, commands, and ``build``, the only module that knows all stages."""
