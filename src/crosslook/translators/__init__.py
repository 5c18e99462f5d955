"""Learning to turn patches of one sensor into patches of another, without pairs."""
