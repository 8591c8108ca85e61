"""The later extracts: a bank's whole history cut into what its first extract had and what came
each day after (split), through the book of what each extract has said (book, feed)."""
