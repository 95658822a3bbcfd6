// Loads the page again when the book was rendered anew.
(() => {
  const address = location.origin.replace(/^http/, "ws") + "/__reload";
  const connect = (again) => {
    const socket = new WebSocket(address);
    // What came while there was no connection is not known.
    socket.onopen = () => again && location.reload();
    socket.onmessage = () => location.reload();
    socket.onclose = () => setTimeout(connect, 1000, true);
  };
  connect(false);
})();
