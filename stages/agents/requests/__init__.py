"""From an operation's request to the steps of a case: values, slots, what must be there before. Shared by the agents; no order of cases."""
