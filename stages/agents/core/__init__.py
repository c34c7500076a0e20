"""The generator core: values of schemas, drawn from seeded streams. Agents are thin over it.

``native/GENERATION.md`` says what it must make, byte for byte; the Rust core makes the same.
"""
