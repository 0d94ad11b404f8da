"""``make rehearse``: the package is deployed on an emulator of AWS that checks every permission, and used."""
