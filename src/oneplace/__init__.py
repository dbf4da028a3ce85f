"""OnePlace runs a place's whole health-and-care plan from the place's own records."""

__version__ = "0.1.0"
