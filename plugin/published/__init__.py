"""The published code and information code, made from what the deadlines run on. Pure."""
