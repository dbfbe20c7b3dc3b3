"""A customer to try the product with, in debug mode."""
