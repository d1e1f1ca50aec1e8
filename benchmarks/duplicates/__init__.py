"""What is found of duplicates, beside the peers and on planted truth."""
