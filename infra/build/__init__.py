"""How the functions are packed for AWS: `package` for `sam build`, `check` for what came out."""
