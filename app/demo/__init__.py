"""A restaurant to play with: the server, a payment sandbox, and simulated guests, all started and ended together."""
