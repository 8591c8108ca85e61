"""Keys, columns and part files, and what passes between the workers and who assembles their
parts."""
