"""datadoctor audits labelled image datasets before anyone trains on them.

dataset -> embeddings -> neighbours -> duplicates -> predictions -> confusion -> hierarchy -> label quality -> class pairs are
artifacts, each computed once from those before it; checks read them and report findings; outputs (report, gate, queue) act on
findings. ``datadoctor.audit("photos/")`` runs it all; ``datadoctor audit photos/`` is the same from a shell.
"""

from datadoctor._version import __version__
from datadoctor.audit import Audit, audit
from datadoctor.errors import DataDoctorError

__all__ = ["Audit", "DataDoctorError", "__version__", "audit"]
