"""A folder a stage. A stage imports ``pipeline.messages``, ``pipeline.errors`` and ``pipeline.events`` and no other stage."""
