"""The living style page: the visual system, shown with what the pages are made of."""
