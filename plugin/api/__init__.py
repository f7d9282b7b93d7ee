"""What machines call: webhooks of phone systems. Nobody signs in; each request proves itself."""
