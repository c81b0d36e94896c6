"""What the three systems truly share: field types, money, actions, the published summary, client calls."""
