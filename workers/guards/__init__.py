"""Guards between the SDK and the workflows: what must not reach them, and what must not come of them."""
