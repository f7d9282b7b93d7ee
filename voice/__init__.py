"""A library for the phone system: numbers, webhooks that are believed, calls and their routing.

It knows nothing of cases. Values go in and values come out; nothing here opens a socket, reads a
clock or keeps anything.
"""
