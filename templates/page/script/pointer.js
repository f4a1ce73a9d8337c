// Wheel, mouse and fingers on the diagram.

function listen(diagram) {
  const { canvas, pointers } = diagram;
  const where = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  let dragged = false;
  let start = null;

  canvas.addEventListener(
    'wheel',
    (event) => {
      event.preventDefault();
      const unit = event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? diagram.height : 1;
      const [dx, dy] = [event.deltaX * unit, event.deltaY * unit];
      if (event.shiftKey || (!event.ctrlKey && Math.abs(dx) > Math.abs(dy))) {
        diagram.pan(-(dx || dy), 0, false);
        return;
      }
      // A pinch on a touch pad comes as a wheel with Ctrl and small steps.
      const speed = event.ctrlKey ? 0.01 : 0.0016;
      diagram.zoom(Math.exp(-Math.max(-240, Math.min(240, dy)) * speed), where(event), false);
      diagram.tip.hidden = true;
    },
    { passive: false },
  );

  canvas.addEventListener('pointerdown', (event) => {
    if (event.button > 1) return;
    canvas.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, where(event));
    if (pointers.size === 1) {
      dragged = false;
      start = where(event);
    } else dragged = true;
    diagram.tip.hidden = true;
  });

  canvas.addEventListener('pointermove', (event) => {
    const now = where(event);
    const before = pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === 'mouse') diagram.point(...now);
      return;
    }
    if (pointers.size === 1) {
      // A hand that clicks may tremble.
      if (!dragged && Math.hypot(now[0] - start[0], now[1] - start[1]) < 4) return;
      dragged = true;
      canvas.classList.add('dragging');
      diagram.pan(now[0] - before[0], now[1] - before[1], false);
    } else if (pointers.size === 2) {
      const [other] = [...pointers].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
      const spread = (a, b) => Math.max(1, Math.hypot(a[0] - b[0], a[1] - b[1]));
      const middle = [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2];
      diagram.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2, false);
      diagram.zoom(spread(now, other) / spread(before, other), middle, false);
    }
    pointers.set(event.pointerId, now);
  });

  const end = (event) => {
    const had = pointers.delete(event.pointerId);
    if (pointers.size) return;
    canvas.classList.remove('dragging');
    if (had && !dragged && event.type === 'pointerup' && event.button === 0) diagram.click(...where(event));
  };
  canvas.addEventListener('pointerup', end);
  canvas.addEventListener('pointercancel', end);
  canvas.addEventListener('pointerleave', () => diagram.unpoint());
  canvas.addEventListener('dblclick', (event) => {
    const { node } = diagram.hit(...where(event));
    if (node) location.hash = `${href(node.entry)}/focus/1`;
  });

  const jump = (event) => {
    if (event.buttons !== 1 || !diagram.mapView) return;
    const box = diagram.map.getBoundingClientRect();
    const { k, x, y } = diagram.mapView;
    const { camera } = diagram;
    diagram.move({ k: camera.k, x: (event.clientX - box.left - x) / k - diagram.width / 2 / camera.k, y: (event.clientY - box.top - y) / k - diagram.height / 2 / camera.k }, false);
  };
  diagram.map.addEventListener('pointerdown', (event) => {
    diagram.map.setPointerCapture(event.pointerId);
    jump(event);
  });
  diagram.map.addEventListener('pointermove', jump);
}

