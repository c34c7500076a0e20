"""The pipeline's YAML: its Structs, the strict reading of it with every fault at once, and its other faces (schema, redacted text).

Nothing here starts or contacts anything; ``load`` is the way in.
"""
