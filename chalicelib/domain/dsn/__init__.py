"""The payroll declaration (DSN) of a company: what is read of it, and what is checked (H115–H118, dossier 8.3).

=====================================  ==================================
the lines of a file, one by one        ``lines.rubriques``
what is kept of it, all else dropped   ``reading.read``
its structure and sender               ``structure.check_structure``
one person against contracts           ``people.check_person``
payments, people who are missing       ``sums.check_sums``
codes 0 to 3, what each anomaly says   ``report``
=====================================  ==================================
"""
