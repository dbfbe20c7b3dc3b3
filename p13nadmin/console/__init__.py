"""What the console's pages of all apps share: the base of the lists, forms that show refusals, columns."""
