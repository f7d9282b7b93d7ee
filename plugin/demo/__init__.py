"""The demo desk: a mailbox and mail server of its own, and the ordinary service at work on them."""
