"""Files for translators who work in their own programs: XLIFF 1.2 and PO, out and back."""
