"""What the simulated city's offices do at the center itself: orders and their replies, contact points, meetings."""
