"""What stands in for what is taken away."""
