"""The documents handed to people as PDF: what each one says (``models``) and how it is laid out (``*.typ``)."""
