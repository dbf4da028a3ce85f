"""Answers for programs: the directory in Open Referral's shape, open to all."""
