"""Pages that anybody may read: the published codes of practice, in every form."""
