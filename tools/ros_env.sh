# The environment of the ROS 2 that `make setup` installed into .venv, and of the workspace built in .ros.
#
#     source tools/ros_env.sh        (bash or zsh; for a single command: tools/with_ros COMMAND...)
#
# Another ROS 2 that was sourced before is set aside: two of them in one process do not work.
# shellcheck shell=bash

_grasp_top="$(cd "$(dirname "${BASH_SOURCE[0]:-$0}")/.." && pwd)"
_grasp_venv="$_grasp_top/.venv"
if [ ! -x "$_grasp_venv/bin/python" ]; then
  echo "ros_env: no environment yet: run 'make setup' first" >&2
  unset _grasp_top _grasp_venv
  return 1
fi
_grasp_built="$_grasp_top/.ros/install/grasp_detector"
_grasp_python="$(basename "$(dirname "$(echo "$_grasp_venv"/lib/python3.*/site-packages)")")"
_grasp_site="$_grasp_venv/lib/$_grasp_python/site-packages"

# The build already needs most of this, so the workspace need not exist yet.
export VIRTUAL_ENV="$_grasp_venv"
case ":$PATH:" in
  *":$_grasp_venv/bin:"*) ;;
  *) export PATH="$_grasp_venv/bin:$PATH" ;;
esac
export AMENT_PREFIX_PATH="$_grasp_built:$_grasp_venv"
export CMAKE_PREFIX_PATH="$_grasp_venv"
# The source tree first: its grasp_detector finds the built messages through its __path__.
export PYTHONPATH="$_grasp_top:$_grasp_built/lib/$_grasp_python/site-packages"
export PYTHONNOUSERSITE=1

# Our messages' libraries, the wheels' own, and those that the wheels carry with them. The wheels would find the last
# two by starting every Python process twice; _ROS_WHEELS_BOOTSTRAP_COMPLETE says that it is not needed.
_grasp_libs="$_grasp_built/lib:$_grasp_venv/lib"
while IFS= read -r _grasp_folder; do
  _grasp_libs="$_grasp_libs:$_grasp_folder"
done < <(find "$_grasp_site" -maxdepth 1 -name 'ros_*.libs' 2>/dev/null)
case ":${LD_LIBRARY_PATH:-}:" in
  *":$_grasp_libs:"*) ;;
  *) export LD_LIBRARY_PATH="$_grasp_libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" ;;
esac
export _ROS_WHEELS_BOOTSTRAP_COMPLETE=1

export ROS_VERSION=2 ROS_PYTHON_VERSION=3 ROS_DISTRO=jazzy
# Logs stay in the checkout, not in ~/.ros.
export ROS_LOG_DIR="${ROS_LOG_DIR:-$_grasp_top/.ros/log/ros}"
export RMW_IMPLEMENTATION=rmw_fastrtps_cpp
# Only this machine: neither a demo nor a test has business with the robots of the network.
export ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST
# Fast DDS's default shared memory is smaller than one 640x480 image: most would be lost. (LARGE_DATA, its own remedy,
# loses images too when the machine is busy.) Fast DDS 2 reads the first name, Fast DDS 3 the second.
export FASTRTPS_DEFAULT_PROFILES_FILE="$_grasp_top/config/fastdds.xml"
export FASTDDS_DEFAULT_PROFILES_FILE="$FASTRTPS_DEFAULT_PROFILES_FILE"

unset _grasp_top _grasp_venv _grasp_built _grasp_python _grasp_site _grasp_libs _grasp_folder
