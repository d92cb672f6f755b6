"""From a colour picture and its depth to what the network sees; training and node share it.

The order of a frame: choose the square crop (`Crop`), turn depth into a byte a pixel and put it in
place of blue (`fuse`), subtract the mean (`to_network`). Section V of the paper.
"""

from grasp_detector.rgbd.crop import NETWORK_SIZE, SHARE, Crop, central_crop
from grasp_detector.rgbd.depth import check_depth, depth_in_metres, depth_to_blue
from grasp_detector.rgbd.fusion import (
    LONGEST_SIDE,
    MEAN,
    blue_in_view,
    check_pair,
    colours_in_view,
    fuse,
    to_network,
)
from grasp_detector.rgbd.region import Region, crops, looked_at

__all__ = [
    "LONGEST_SIDE",
    "MEAN",
    "NETWORK_SIZE",
    "SHARE",
    "Crop",
    "Region",
    "blue_in_view",
    "central_crop",
    "check_depth",
    "check_pair",
    "colours_in_view",
    "crops",
    "depth_in_metres",
    "depth_to_blue",
    "fuse",
    "looked_at",
    "to_network",
]
