"""The audit trail: who did what to whose account, when and from where."""
