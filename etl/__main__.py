"""The command line of the ETL: python -m etl …"""

from __future__ import annotations

import sys

from etl import cli

if __name__ == "__main__":
    sys.exit(cli.main())
