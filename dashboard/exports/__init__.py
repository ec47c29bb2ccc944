"""What leaves the screens as files: Excel, CSV and paper, made from the tables of a page."""
