"""One-click unsubscribing (RFC 8058): links that name nobody, and the listener behind them."""
