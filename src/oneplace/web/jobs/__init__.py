"""Work in the background, behind one small interface (`asking`): requests only ask, only the worker
does."""
