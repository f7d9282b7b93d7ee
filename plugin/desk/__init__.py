"""The use cases: receive, send, keep, set up, look up. Time and edges are handed in."""
