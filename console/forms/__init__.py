"""Forms made from pydantic models: typed fields, with errors beside them."""
