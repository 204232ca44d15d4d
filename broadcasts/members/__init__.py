"""Who has asked for an organisation's messages: joining, leaving, and the ledger of both."""
