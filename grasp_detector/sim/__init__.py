"""The simulated table: objects that fall on it, and a Kinect that looks at them."""
