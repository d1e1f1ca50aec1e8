"""Run the command line with ``python -m datadoctor``."""

import sys

from datadoctor.cli import main

sys.exit(main())
