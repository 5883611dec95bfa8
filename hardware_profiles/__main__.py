"""`python -m hardware_profiles`."""

import sys

from hardware_profiles.cli import main

sys.exit(main())
