"""The simulator: a scenario in, everything that happened out.

The use cases, the store and the jobs are the service's own; only the clock, the randomness, the
mailbox and the mail server are the simulator's. Whatever it shows, the service would have done.
"""
