"""The languages of the pages: texts in templates, and the choice of one."""
