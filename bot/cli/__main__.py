"""`python -m bot.cli`, the same as `paper-round`."""

import sys

from bot.cli.entry import main

sys.exit(main())
