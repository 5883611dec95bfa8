"""`python -m analysis`."""

import gc
import sys

from analysis.cli import main

# A command is over before cycles add up to much, and looking for them takes a tenth of its time.
gc.disable()
sys.exit(main())
