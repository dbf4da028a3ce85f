"""Sources: rows come in. Each source fills the declared tables and says what it accepted, what it
refused and why."""
