"""Does this contact explicitly say complaint or escalate? Pure rules, each with its reason."""
