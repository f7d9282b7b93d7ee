"""The web side that every page stands on: sign-in, rights, security headers, language, layout."""
