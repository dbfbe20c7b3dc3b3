"""The console's pages of one instance: overview, draft, versions, comparison, push and rollback."""
