"""Safety: who may do what to whom and why, pseudonyms, small numbers and the audit chain.

Pure functions only, apart from `keyfile`, which makes and reads the one file that turns pseudonyms
on.
"""
