"""The company's approval policy: a TOML file whose rules say which levels a request has."""
