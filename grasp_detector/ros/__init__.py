"""ROS 2: the node, the replay camera and all else that knows rclpy."""
