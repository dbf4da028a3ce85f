"""How one process of the site is set up for one place: settings, addresses, templates, the server's
entry point."""
