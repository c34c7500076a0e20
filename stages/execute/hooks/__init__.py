"""What is done before a run to bring the target into a known state; the owner's commands and requests, bounded in time."""
