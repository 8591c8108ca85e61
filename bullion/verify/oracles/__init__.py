"""The same statistics by other people's libraries: one module an area, of ``@oracle`` functions."""
