"""A letter has one source; text and HTML are made from it. Pure."""
