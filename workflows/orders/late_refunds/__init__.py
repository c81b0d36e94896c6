"""``RefundWorkflow``: one workflow for each refund or return of an order that is delivered."""
