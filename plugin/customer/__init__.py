"""The customer's own page for a case, behind the signed link in a letter."""
