// What is drawn: boxes and lines with their places. The whole picture comes laid out; a focus on one table is laid out
// here, with the tables that it references to its right and those that reference it to its left.

const EDGE_KINDS = ['foreign key', 'documented only', 'reads', 'inherits'];

/** The picture of everything, or `null` where none was made. */
function wholeScene() {
  const picture = data.diagram;
  if (!picture) return null;
  const nodes = picture.nodes.map(([name, frame, [x, y, w, h], rows]) => {
    const entry = relation(name);
    return { entry, x, y, w, h, rows: rows || columnsOf(entry).map((_, at) => at), hue: picture.frames[frame][2] % 10, edges: [] };
  });
  const edges = picture.edges.map(([from, to, kind, name, fromEnd, toEnd, points]) =>
    makeEdge(nodes[from], nodes[to], kind, name, fromEnd, toEnd, points),
  );
  const frames = picture.frames.map(([title, [x, y, w, h], hue]) => ({ title, x, y, w, h, hue: hue % 10 }));
  return makeScene(nodes, edges, frames, picture.width, picture.height);
}

function makeEdge(from, to, kind, name, fromEnd, toEnd, points) {
  const key = kind < 2 ? (from.entry.object.foreign_keys || []).find((other) => other.name === name) : null;
  const edge = { from, to, kind, key, fromEnd, toEnd, points, curved: false };
  boundEdge(edge);
  from.edges.push(edge);
  if (to !== from) to.edges.push(edge);
  return edge;
}

function boundEdge(edge) {
  const { points } = edge;
  edge.left = edge.right = points[0];
  edge.top = edge.bottom = points[1];
  for (let at = 2; at < points.length; at += 2) {
    edge.left = Math.min(edge.left, points[at]);
    edge.right = Math.max(edge.right, points[at]);
    edge.top = Math.min(edge.top, points[at + 1]);
    edge.bottom = Math.max(edge.bottom, points[at + 1]);
  }
}

function makeScene(nodes, edges, frames, width, height) {
  return { nodes, edges, frames, width, height, byKey: new Map(nodes.map((node) => [node.entry.key, node])) };
}

/** The middle of a row by its column's name, or of the header, from the top of the box. */
function port(node, column) {
  const { header, row } = data.diagram;
  const columns = columnsOf(node.entry);
  const at = column === undefined ? -1 : node.rows.findIndex((shown) => columns[shown] && columns[shown].name === column);
  return at < 0 ? header / 2 : header + row * (at + 0.5);
}

/** A table and what lies within some hops of it. */
function focusScene(whole, key, hops) {
  const start = whole.byKey.get(key);
  const place = new Map([[start, 0]]);
  let ring = [start];
  for (let hop = 0; hop < hops; hop += 1) {
    const next = [];
    for (const node of ring) {
      for (const edge of node.edges) {
        const other = edge.from === node ? edge.to : edge.from;
        if (place.has(other)) continue;
        // Along the arrow to the right, against it to the left.
        place.set(other, place.get(node) + (edge.from === node ? 1 : -1));
        next.push(other);
      }
    }
    ring = next;
  }
  const copies = new Map();
  const columns = new Map();
  for (const [node, column] of place) {
    const copy = { ...node, edges: [], column };
    copies.set(node, copy);
    push(columns, column, copy);
  }
  placeColumns(columns);
  const edges = [];
  for (const edge of whole.edges) {
    const from = copies.get(edge.from);
    const to = copies.get(edge.to);
    if (from && to) edges.push(makeEdge(from, to, edge.kind, edge.key ? edge.key.name : '', edge.fromEnd, edge.toEnd, [0, 0, 0, 0]));
  }
  for (const edge of edges) bend(edge);
  const nodes = [...copies.values()];
  const width = Math.max(...nodes.map((node) => node.x + node.w));
  const height = Math.max(...nodes.map((node) => node.y + node.h));
  return makeScene(nodes, edges, [], width, height);
}

/** Stacks each column, in several stacks where it would be too high, and centres all of them on one line. */
function placeColumns(columns) {
  const gap = 28;
  const total = [...columns.values()].flat().reduce((sum, node) => sum + node.h + gap, 0);
  const limit = Math.max(1100, Math.sqrt(total * 320));
  let x = 0;
  let top = 0;
  for (const column of [...columns.keys()].sort((a, b) => a - b)) {
    const stacks = [[]];
    let height = 0;
    for (const node of columns.get(column)) {
      if (height > 0 && height + node.h > limit) {
        stacks.push([]);
        height = 0;
      }
      stacks[stacks.length - 1].push(node);
      height += node.h + gap;
    }
    for (const stack of stacks) {
      let y = -stack.reduce((sum, node) => sum + node.h + gap, -gap) / 2;
      const width = Math.max(...stack.map((node) => node.w));
      for (const node of stack) {
        node.x = x + (width - node.w) / 2;
        node.y = y;
        top = Math.min(top, y);
        y += node.h + gap;
      }
      x += width + (stack === stacks[stacks.length - 1] ? 130 : 56);
    }
  }
  for (const node of [...columns.values()].flat()) node.y -= top;
}

/** A curve from row to row, leaving and arriving sideways. */
function bend(edge) {
  const { from, to } = edge;
  const y0 = from.y + port(from, edge.key ? edge.key.columns[0] : undefined);
  const y1 = to.y + port(to, edge.key ? edge.key.referenced_columns[0] : undefined);
  const ahead = to.x >= from.x + from.w;
  const behind = to.x + to.w <= from.x;
  const x0 = behind ? from.x : from.x + from.w;
  const x1 = ahead ? to.x : to.x + to.w;
  const reach = ahead || behind ? Math.max(40, Math.abs(x1 - x0) / 2) : 56;
  edge.curved = true;
  edge.points = [x0, y0, x0 + (behind ? -reach : reach), y0, x1 + (ahead ? -reach : reach), y1, x1, y1];
  boundEdge(edge);
}

/** How far a point is from a line, if that is less than `near`. */
function distanceToEdge(edge, x, y, near) {
  if (x < edge.left - near || x > edge.right + near || y < edge.top - near || y > edge.bottom + near) return Infinity;
  const points = edge.curved ? sampled(edge.points) : edge.points;
  let best = Infinity;
  for (let at = 2; at < points.length; at += 2) {
    const [ax, ay, bx, by] = [points[at - 2], points[at - 1], points[at], points[at + 1]];
    const length = (bx - ax) ** 2 + (by - ay) ** 2;
    const along = length ? Math.max(0, Math.min(1, ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length)) : 0;
    best = Math.min(best, Math.hypot(x - ax - along * (bx - ax), y - ay - along * (by - ay)));
  }
  return best;
}

function sampled([x0, y0, x1, y1, x2, y2, x3, y3]) {
  const points = [];
  for (let step = 0; step <= 16; step += 1) {
    const t = step / 16;
    const s = 1 - t;
    points.push(
      s * s * s * x0 + 3 * s * s * t * x1 + 3 * s * t * t * x2 + t * t * t * x3,
      s * s * s * y0 + 3 * s * s * t * y1 + 3 * s * t * t * y2 + t * t * t * y3,
    );
  }
  return points;
}

