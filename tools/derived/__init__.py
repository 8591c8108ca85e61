"""Files of the repository that follow from others, such as the notebooks from the charts."""
