"""datadoctor audits labelled image datasets before anyone trains on them.

A source lists images; stages (reading -> neighbours -> duplicates -> predictions -> confusion -> hierarchy -> label quality -> class
pairs) are computed once each from those before; checks read them and report findings; report, gate, relabelling and comparison act on
the run directory. ``datadoctor.audit("photos/")`` runs it all; ``datadoctor audit photos/`` is the same from a shell.
"""

from datadoctor._version import __version__
from datadoctor.audit import Audit, audit, merge
from datadoctor.errors import DataDoctorError
from datadoctor.run.maps import maps

__all__ = ["Audit", "DataDoctorError", "__version__", "audit", "maps", "merge"]
