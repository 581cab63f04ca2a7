"""The proof that orders and stock cannot be wrong: real processes, faults by a seed, a log, and a checker."""
