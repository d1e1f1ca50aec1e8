"""Arrays that the user brings, one row an image: read by name where they are named, else checked against the orders people use."""
