"""The desk's paths; each module of this folder adds its own."""

from shared.http import application

# Before a path: it comes with a token that API Gateway has verified; see template.yaml.
OF_PROVIDER = "/oidc"

app = application(also_below=OF_PROVIDER)
