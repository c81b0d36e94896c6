"""``PaymentWorkflow``: one workflow per payment, which ends when the money has an owner."""
