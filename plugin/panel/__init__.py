"""The panel: what agents see in a browser. Reads only, so far."""
