"""OAI-PMH repositories of others: what they answer, read without trust."""
