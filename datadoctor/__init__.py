"""datadoctor audits labelled image datasets.

dataset -> embeddings -> neighbours -> duplicates -> predictions -> confusion -> hierarchy -> label quality -> class pairs
are artifacts; checks read them and report findings; outputs (report, gate, queue) act on findings.
"""

__version__ = "0.1.0"
