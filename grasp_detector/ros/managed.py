"""A lifecycle node that survives what it is asked for, and ends after its shutdown."""

from __future__ import annotations

from threading import Event
from time import monotonic

from lifecycle_msgs.srv import ChangeState
from rclpy.lifecycle import LifecycleNode, LifecycleState, TransitionCallbackReturn

# Seconds from the shutdown to the end: the answer must reach who asked for it.
LINGER = 0.5


class ManagedNode(LifecycleNode):
    """A lifecycle node for ``running.run``."""

    def __init__(self, name: str, namespace: str | None = None) -> None:
        super().__init__(name, namespace=namespace)
        # Set from a signal's handler: whatever waits, also within a transition, gives up.
        self.interrupted = Event()
        self._shut_down_at: float | None = None
        # rclpy raises on a transition that the state does not have, which would end the node and
        # leave the caller without an answer.
        service = self._service_change_state
        change = service.callback

        def change_if_possible(
            request: ChangeState.Request, response: ChangeState.Response
        ) -> ChangeState.Response:
            try:
                changed: ChangeState.Response = change(request, response)
                return changed
            except Exception as error:
                wanted = request.transition.label or request.transition.id
                self.get_logger().warning(f"transition {wanted} is refused: {error}")
                response.success = False
                return response

        service.callback = change_if_possible

    @property
    def finished(self) -> bool:
        """Whether the node was shut down: no transition leads out of that."""
        return self._shut_down_at is not None and monotonic() >= self._shut_down_at + LINGER

    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Note that the node is to end."""
        self._shut_down_at = monotonic()
        return super().on_shutdown(state)

    def stop(self) -> None:
        """Shut down, unless somebody has."""
        if self._shut_down_at is None:
            self.trigger_shutdown()

    def destroy_node(self) -> None:
        """Give back all that the node has taken, at once."""
        super().destroy_node()
        # rclpy leaves it to the interpreter's end, which not every process comes to; and as long as
        # it is there, so is the node's shared memory, which would stay behind.
        self._state_machine.destroy_when_not_in_use()
