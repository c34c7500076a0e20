"""The agent functional-positive: requests that the document allows (GENERATION.md, sections 11 to 14)."""
