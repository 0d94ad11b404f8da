"""The whole system in one process, on simulated AWS services: what ``make run`` starts and what the tests use."""
