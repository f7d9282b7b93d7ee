"""A library for the mailbox: IMAP in, bytes to a Message, SMTP out. It knows nothing of cases."""
