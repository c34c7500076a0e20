"""The simulation of routing: worlds, a machine, policies to compare, and the targets. It uses the very router that dispatch uses."""
