"""Measured claims, each a command. Ratios count: the floor is measured in the same run."""
