"""Assurance: is the plan right, is it on course, who has shown what.

Import from the module of the idea: `status` (plan status), `checking` (check_plan,
read_plan_documents), `changes` (plan diff), `compliance`, `risks`, `reference`. Nothing is imported
here, because `plan status` has to answer within a second and needs neither the tables nor the
statistics that checking brings in.
"""
