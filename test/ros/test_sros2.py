"""The SROS 2 policy allows what the running node does, and nothing else."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

from ros_rig import Rig, own_rig

POLICY = Path(__file__).resolve().parents[2] / "config" / "sros2" / "policy.xml"
NODE = "/grasp_detector"
TF, TF_SERVICE = {"/tf", "/tf_static"}, {"/tf2_frames"}  # of the node's namespace


def allowed(group: str, verb: str) -> set[str]:
    """The full names in the groups of the policy with this permission."""
    named = [
        (each.text or "").strip()
        for groups in ET.parse(POLICY).iter(group)
        if groups.get(verb) == "ALLOW"
        for each in groups
    ]
    assert len(set(named)) == len(named)
    return {name.replace("~", NODE) if name[0] in "~/" else f"/{name}" for name in named}


def doings(rig: Rig, **parameters: object) -> tuple[set[str], set[str], set[str]]:
    """What an active node subscribes to, publishes and offers."""
    process = rig.run(["-m", "grasp_detector.ros.node"], **parameters)
    rig.until(lambda: "active: " in process.printed(), "the activation")
    graph, own = rig.node, ("grasp_detector", "/")
    subscribes = graph.get_subscriber_names_and_types_by_node

    # Asked about a node that it has not heard of, rclpy raises.
    rig.until(lambda: own in graph.get_node_names_and_namespaces(), "the node's name")
    # Discovery tells of one after another; the last that the node makes are its inputs.
    rig.until(lambda: len(subscribes(*own)) >= 3, "its inputs")
    assert not graph.get_client_names_and_types_by_node(*own)
    found = (
        subscribes(*own),
        graph.get_publisher_names_and_types_by_node(*own),
        graph.get_service_names_and_types_by_node(*own),
    )
    assert process.end() == 0
    subscribed, published, offered = ({name for name, _ in each} for each in found)
    return subscribed, published, offered


def test_the_policy_is_what_the_node_does(tmp_path: Path) -> None:
    # Each on a domain of its own: for a while the first is known there after it has gone.
    with own_rig(tmp_path) as rig:
        raw = doings(rig)
    with own_rig(tmp_path) as rig:
        compressed = doings(rig, image_transport="compressed", use_sim_time=True)
    subscribes, publishes, offers = (
        one | other for one, other in zip(raw, compressed, strict=True)
    )
    # tf only with a frame of another name, which tf2 must be installed for.
    assert allowed("topics", "subscribe") == subscribes | TF
    assert allowed("topics", "publish") == publishes
    assert allowed("services", "reply") == offers | TF_SERVICE
    assert not allowed("services", "request")


def test_the_policy_has_the_form_that_sros2_reads() -> None:
    root = ET.parse(POLICY).getroot()
    assert (root.tag, root.get("version")) == ("policy", "0.2.0")
    (profile,) = root.findall("./enclaves/enclave/profiles/profile")
    assert (profile.get("ns"), profile.get("node")) == ("/", "grasp_detector")
    for group in profile:
        assert group.tag in ("topics", "services")
        assert set(group.attrib) <= {"subscribe", "publish", "reply"}
        assert all(each.tag == group.tag.removesuffix("s") for each in group)
