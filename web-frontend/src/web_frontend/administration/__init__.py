"""Administration: everybody's accounts, invitations, and the audit trail."""
