"""Reading: one pass over the files that opens each image once and makes everything later stages need from it."""
