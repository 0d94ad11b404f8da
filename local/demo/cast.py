"""Who plays in the portfolio: the addresses they sign in with, and the companies as the files name them."""

AGENT = "solene.marchand@assureur.example"
COLLEAGUE = "karim.benali@assureur.example"
KERBRAT = "anne.legoff@kerbrat.example"
CASTAGNE = "nadia.belkacem@castagne.example"
ADMINISTERED = {"81204731400016": KERBRAT, "82315904100016": CASTAGNE}
MEMBERS = {
    "Camille Riou": "camille.riou@courriel.example",
    "Hervé Tanguy": "herve.tanguy@courriel.example",
    "Patrick Sallès": "patrick.salles@courriel.example",
    "Sofiane Haddad": "sofiane.haddad@courriel.example",
    "Jeanne Schmitt": "jeanne.schmitt@courriel.example",
    "Joseph Fabre": "joseph.fabre@courriel.example",
}
CAMILLE, PATRICK, JEANNE = (MEMBERS[name] for name in ("Camille Riou", "Patrick Sallès", "Jeanne Schmitt"))
SPOUSE = "yann.riou@courriel.example"
MENUISERIE, AGENCEMENT, SCIERIE = "Menuiserie Kerbrat", "Kerbrat Agencement", "Scierie Kerbrat"
BOULANGERIES = "Boulangeries Castagné"
