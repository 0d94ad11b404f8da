"""Contributions: what a company is called for under a contract, what it paid, and how a debt is settled."""
