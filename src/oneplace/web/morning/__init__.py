"""Since you last looked: everybody's first page, in the words of their role."""
