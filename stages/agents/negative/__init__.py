"""The agent functional-negative: requests with one violation of the document each, proved (GENERATION.md, sections 15 to 19)."""
