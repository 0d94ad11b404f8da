"""Work stoppages under a prévoyance contract: how one is declared, and what the contract adds to the allowances."""
