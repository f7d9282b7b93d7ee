"""A code of practice as data: promise shapes, working time, provider folders, derive. Pure."""
