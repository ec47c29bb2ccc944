"""Chaos: the whole program under live traffic, killed at random instants, compared with what is known to be true."""
