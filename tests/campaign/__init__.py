"""A campaign against the whole program, as a user runs it: thousands of damaged inputs, and faults at random moments.

Not part of the tests, which take seconds: ``make campaign`` takes about ten minutes (``--scale 0.2`` a fifth of the tries) and
prints the table of ``docs/reliability.md``. A try fails where a result differs from the undisturbed one, something is lost, a
traceback or another exit code than the documented ones is seen, or it hangs.
"""
