"""The bench `old-vs-mad`: the old image against mad's, and the page that tells of it."""
