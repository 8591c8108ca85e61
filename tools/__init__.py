"""Tools of the workshop: the bench, and the files that follow from others. No part of the wheel."""
