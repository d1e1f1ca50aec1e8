"""Measurements of datadoctor, beside its peers and its own bars: a command each. None of it is shipped."""
