"""Review: the report's pages over all images of a run, from a server on this machine, with every decision kept as it is made.

``table`` holds the columns of the images -> ``query`` filters, sorts and counts them -> ``desk`` knows the journal and what stands in
it -> ``routes`` answer the page -> ``safety`` lets nobody else ask -> ``server`` runs it.
"""
