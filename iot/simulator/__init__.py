"""Simulated gateways: believable signals, told incidents, and the program that publishes them."""
