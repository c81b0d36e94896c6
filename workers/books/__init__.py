"""The books: what store and workflows know of money, goods, messages and votes, joined; see README.md."""
