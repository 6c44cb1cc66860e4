"""Laws that hold for every number and every bill, tried on generated values."""
