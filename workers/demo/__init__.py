"""The demo: customers, colleagues and marketers who use the systems, so that a new console has something to show.

Each system has one module with a ``play`` that fills the system if it is empty, then keeps it moving until cancelled.
They use the same typed clients as a shop, an HR tool or a marketing team; workflows and console know nothing of them.
"""
