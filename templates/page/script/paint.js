// Draws a scene on a canvas. Only what is inside the window, and the less of it the further away: rows close by, names
// in the middle, blocks from afar. So 3,000 tables stay smooth.

/** From here on rows are readable. */
const ROWS_FROM = 0.42;
const NAMES_FROM = 0.1;

const paint = {
  colours: null,
  ratios: new Map(),
  fitted: new Map(),
  paths: new Map(),

  readColours() {
    const style = getComputedStyle(document.documentElement);
    const get = (name) => style.getPropertyValue(`--${name}`).trim();
    const colours = { hues: [], sans: getComputedStyle(document.body).fontFamily };
    for (const name of ['canvas', 'node', 'node-line', 'text', 'text-soft', 'text-faint', 'edge', 'edge-out', 'edge-in', 'accent', 'accent-soft', 'key', 'tint', 'line']) {
      colours[name] = get(name);
    }
    for (let hue = 0; hue < 10; hue += 1) colours.hues.push(get(`hue-${hue}`));
    this.colours = colours;
  },

  /** The width of a text at size 1. */
  ratio(context, text, weight) {
    const key = `${weight}${text}`;
    let ratio = this.ratios.get(key);
    if (ratio === undefined) {
      context.font = `${weight} 20px ${this.colours.sans}`;
      ratio = context.measureText(text).width / 20;
      this.ratios.set(key, ratio);
    }
    return ratio;
  },

  /** A text that fits, with `…` where it had to be cut. */
  fit(context, text, weight, size, width) {
    if (this.ratio(context, text, weight) * size <= width) return text;
    const key = `${weight}${size}/${Math.round(width)}/${text}`;
    let cut = this.fitted.get(key);
    if (cut === undefined) {
      const letters = [...text];
      let low = 0;
      let high = letters.length;
      context.font = `${weight} ${size}px ${this.colours.sans}`;
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (context.measureText(`${letters.slice(0, middle).join('')}…`).width <= width) low = middle;
        else high = middle - 1;
      }
      cut = `${letters.slice(0, low).join('')}…`;
      this.fitted.set(key, cut);
    }
    return cut;
  },

  path(name) {
    if (!this.paths.has(name)) this.paths.set(name, new Path2D(ICONS[name]));
    return this.paths.get(name);
  },

  /** `camera`: the world's point at the upper left, and the scale. `width` and `height` in CSS pixels. */
  draw(context, scene, camera, width, height, density, state) {
    const { colours } = this;
    const k = camera.k;
    context.setTransform(density, 0, 0, density, 0, 0);
    context.fillStyle = colours.canvas;
    context.fillRect(0, 0, width, height);
    context.setTransform(density * k, 0, 0, density * k, -camera.x * k * density, -camera.y * k * density);
    const window = { left: camera.x, top: camera.y, right: camera.x + width / k, bottom: camera.y + height / k };
    const seen = (node) => node.x < window.right && node.x + node.w > window.left && node.y < window.bottom && node.y + node.h > window.top;
    for (const frame of scene.frames) if (seen(frame)) this.frame(context, frame, k);

    const active = state.active;
    const marked = new Set(state.edges);
    this.edges(context, scene.edges.filter((edge) => !marked.has(edge) && edge.left <= window.right && edge.right >= window.left && edge.top <= window.bottom && edge.bottom >= window.top), k, state.dim);
    for (const edge of state.edges) this.markedEdge(context, edge, active, k);
    for (const node of scene.nodes) {
      if (!seen(node)) continue;
      const faded = state.dim && !state.near.has(node);
      context.globalAlpha = faded ? 0.32 : 1;
      this.node(context, node, k, state);
    }
    context.globalAlpha = 1;
    for (const frame of scene.frames) {
      if (!seen(frame)) continue;
      if (k < NAMES_FROM) this.farTitle(context, frame, k);
      else this.title(context, frame, k);
    }
  },

  frame(context, frame, k) {
    const hue = this.colours.hues[frame.hue];
    context.beginPath();
    context.roundRect(frame.x, frame.y, frame.w, frame.h, 14);
    context.globalAlpha = 0.05;
    context.fillStyle = hue;
    context.fill();
    context.globalAlpha = 0.22;
    context.strokeStyle = hue;
    context.lineWidth = Math.max(1, 0.7 / k);
    context.stroke();
    context.globalAlpha = 1;
  },

  title(context, frame, k) {
    const hue = this.colours.hues[frame.hue];
    // Above the tables there is room for a title of ordinary size; from further away it sits on the frame's edge.
    const size = Math.min(Math.max(14, 11.5 / k), (frame.w - 32) / this.ratio(context, frame.title, 600));
    const above = size > 22;
    if (size * k < 6) return;
    context.font = `600 ${size}px ${this.colours.sans}`;
    context.textBaseline = above ? 'middle' : 'top';
    context.textAlign = 'left';
    const top = above ? frame.y : frame.y + Math.max(4, 20 - size);
    if (above) this.halo(context, frame.title, frame.x + 16, top, size);
    context.fillStyle = hue;
    context.fillText(frame.title, frame.x + 16, top);
  },

  halo(context, text, x, y, size) {
    context.lineJoin = 'round';
    context.lineWidth = size / 3;
    context.strokeStyle = this.colours.canvas;
    context.strokeText(text, x, y);
  },

  /** Where tables have no names, their frame has one across it. */
  farTitle(context, frame, k) {
    const size = Math.min(15 / k, (frame.w * 0.94) / this.ratio(context, frame.title, 650), frame.h * 0.5);
    if (size * k < 7) return;
    context.font = `650 ${size}px ${this.colours.sans}`;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    context.globalAlpha = 0.85;
    this.halo(context, frame.title, frame.x + frame.w / 2, frame.y + frame.h / 2, size);
    context.globalAlpha = 1;
    context.fillStyle = this.colours.text;
    context.fillText(frame.title, frame.x + frame.w / 2, frame.y + frame.h / 2);
  },

  trace(context, edge, k) {
    const { points } = edge;
    context.moveTo(points[0], points[1]);
    if (edge.curved) {
      context.bezierCurveTo(points[2], points[3], points[4], points[5], points[6], points[7]);
      return;
    }
    const last = points.length - 2;
    if (k < 0.3) {
      for (let at = 2; at <= last; at += 2) context.lineTo(points[at], points[at + 1]);
      return;
    }
    for (let at = 2; at < last; at += 2) {
      const before = Math.abs(points[at] - points[at - 2]) + Math.abs(points[at + 1] - points[at - 1]);
      const after = Math.abs(points[at + 2] - points[at]) + Math.abs(points[at + 3] - points[at + 1]);
      context.arcTo(points[at], points[at + 1], points[at + 2], points[at + 3], Math.min(7, before / 2, after / 2));
    }
    context.lineTo(points[last], points[last + 1]);
  },

  edges(context, edges, k, dim) {
    context.strokeStyle = this.colours.edge;
    context.lineWidth = Math.max(1.1, 0.8 / k);
    // From afar many lines would hide what they connect.
    context.globalAlpha = (dim ? 0.3 : 1) * Math.max(0.12, Math.min(1, k * 3));
    for (const dashed of [false, true]) {
      context.setLineDash(dashed ? [5, 4] : []);
      context.beginPath();
      for (const edge of edges) if (edge.kind > 0 === dashed) this.trace(context, edge, k);
      context.stroke();
    }
    context.setLineDash([]);
    if (k >= 0.3) for (const edge of edges) this.signs(context, edge);
    context.globalAlpha = 1;
  },

  markedEdge(context, edge, active, k) {
    const colour = active && edge.to === active && edge.from !== active ? this.colours['edge-in'] : this.colours['edge-out'];
    context.strokeStyle = this.colours.canvas;
    context.lineWidth = Math.max(5, 4 / k);
    context.beginPath();
    this.trace(context, edge, k);
    context.stroke();
    context.strokeStyle = colour;
    context.lineWidth = Math.max(2, 1.8 / k);
    context.setLineDash(edge.kind > 0 ? [6, 4] : []);
    context.beginPath();
    this.trace(context, edge, k);
    context.stroke();
    context.setLineDash([]);
    if (k >= 0.3) this.signs(context, edge);
  },

  signs(context, edge) {
    const { points } = edge;
    const last = points.length - 2;
    this.sign(context, edge.fromEnd, points[0], points[1], Math.sign(points[2] - points[0]));
    this.sign(context, edge.toEnd, points[last], points[last + 1], Math.sign(points[last - 2] - points[last]));
  },

  /** A crow's foot. `out` is the way from the box along the line: 1 or -1. */
  sign(context, end, x, y, out) {
    if (end === 0) return;
    context.fillStyle = this.colours.canvas;
    context.beginPath();
    if (end === 4) {
      context.moveTo(x, y);
      context.lineTo(x + 12 * out, y - 7);
      context.lineTo(x + 12 * out, y + 7);
      context.closePath();
      context.fill();
    } else {
      if (end === 3) {
        context.moveTo(x, y - 6);
        context.lineTo(x + 11 * out, y);
        context.lineTo(x, y + 6);
      } else {
        context.moveTo(x + 6 * out, y - 5);
        context.lineTo(x + 6 * out, y + 5);
      }
      if (end === 1) {
        context.moveTo(x + 10 * out, y - 5);
        context.lineTo(x + 10 * out, y + 5);
      }
    }
    context.stroke();
    if (end === 2 || end === 3) {
      context.beginPath();
      context.arc(x + (end === 2 ? 14 : 15) * out, y, 3.6, 0, 7);
      context.fill();
      context.stroke();
    }
  },

  node(context, node, k, state) {
    const { colours } = this;
    const { x, y, w, h } = node;
    const hue = colours.hues[node.hue];
    const alpha = context.globalAlpha;
    const chosen = state.selected === node;
    const ringed = chosen || state.ringed.has(node);
    const radius = Math.min(8, h / 2);
    if (k < NAMES_FROM && !ringed) {
      context.globalAlpha = alpha * 0.55;
      context.fillStyle = hue;
      context.fillRect(x, y, w, h);
      context.globalAlpha = alpha;
      return;
    }
    context.beginPath();
    context.roundRect(x, y, w, h, radius);
    context.fillStyle = colours.node;
    context.fill();
    if (k < ROWS_FROM) {
      context.globalAlpha = alpha * Number(colours.tint);
      context.fillStyle = hue;
      context.fill();
      context.globalAlpha = alpha;
      this.bigName(context, node, k);
    } else {
      this.head(context, node, hue, alpha);
      this.rows(context, node, state, alpha);
    }
    context.beginPath();
    context.roundRect(x, y, w, h, radius);
    context.strokeStyle = ringed ? colours.accent : node === state.active ? colours['text-faint'] : colours['node-line'];
    context.lineWidth = ringed ? Math.max(2.2, 2 / k) : Math.max(1, 0.7 / k);
    context.stroke();
  },

  /** From the middle distance a box shows its name, as large as fits, on two lines where that is larger. */
  bigName(context, node, k) {
    const { name } = node.entry;
    if (!node.halves) node.halves = halves(name);
    const largest = (lines) => Math.min(...lines.map((text) => (node.w - 12) / this.ratio(context, text, 600)), (node.h * 0.75) / lines.length, 44);
    let lines = [name];
    if (largest(lines) * k < 10 && node.halves.length > 1 && largest(node.halves) > largest(lines)) lines = node.halves;
    const size = Math.min(12.5 / k, largest(lines));
    if (size * k < 4.5) return;
    context.font = `600 ${size}px ${this.colours.sans}`;
    context.fillStyle = this.colours.text;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    lines.forEach((text, at) => context.fillText(text, node.x + node.w / 2, node.y + node.h / 2 + (at - (lines.length - 1) / 2) * size * 1.15));
  },

  head(context, node, hue, alpha) {
    const { colours } = this;
    const { header } = data.diagram;
    const { x, y, w } = node;
    const { entry } = node;
    context.beginPath();
    context.roundRect(x, y, w, Math.min(header, node.h), [8, 8, node.rows.length ? 0 : 8, node.rows.length ? 0 : 8]);
    context.globalAlpha = alpha * Number(colours.tint);
    context.fillStyle = hue;
    context.fill();
    context.globalAlpha = alpha * 0.35;
    context.fillRect(x, y + header - 1, w, 1);
    context.globalAlpha = alpha;

    context.textBaseline = 'middle';
    context.textAlign = 'left';
    const signed = entry.shape !== 'table';
    const room = w - 24 - (signed ? 20 : 0);
    const middle = y + header / 2 + 0.5;
    const before = entry.namespace === 'public' ? '' : `${entry.namespace}.`;
    const own = this.ratio(context, entry.name, 650) * 13;
    let left = x + 12;
    if (before && this.ratio(context, before, 400) * 13 + own <= room) {
      context.font = `400 13px ${colours.sans}`;
      context.fillStyle = colours['text-faint'];
      context.fillText(before, left, middle);
      left += this.ratio(context, before, 400) * 13;
    }
    const name = this.fit(context, entry.name, 650, 13, x + 12 + room - left);
    context.font = `650 13px ${colours.sans}`;
    context.fillStyle = colours.text;
    context.fillText(name, left, middle);
    if (signed) {
      context.save();
      context.translate(x + w - 26, y + header / 2 - 7);
      context.scale(14 / 16, 14 / 16);
      context.strokeStyle = hue;
      context.lineWidth = 1.4;
      context.stroke(this.path(entry.shape));
      context.restore();
    }
  },

  rows(context, node, state, alpha) {
    const { colours } = this;
    const { header, row } = data.diagram;
    const { x, y, w, entry } = node;
    const columns = columnsOf(entry);
    if (!node.keys) node.keys = entry.kind === 'table' ? keysOf(entry.object) : { primary: new Set(), foreign: new Map() };
    node.rows.forEach((shown, at) => {
      const top = y + header + at * row;
      const middle = top + row / 2 + 0.5;
      const column = columns[shown];
      if (!column) {
        const [what, number] = shown;
        context.font = `italic 400 11.5px ${colours.sans}`;
        context.fillStyle = colours['text-faint'];
        context.textAlign = 'left';
        context.fillText(what === 'more' ? `${count(number)} more` : plural(number, 'partition'), x + 32, middle);
        return;
      }
      const lit = state.columns.has(node) && state.columns.get(node).has(column.name);
      if (lit) {
        context.fillStyle = colours['accent-soft'];
        context.fillRect(x + 1, top, w - 2, row);
      }
      const primary = node.keys.primary.has(column.name);
      const foreign = node.keys.foreign.has(column.name);
      context.textAlign = 'left';
      if (primary || foreign) {
        context.font = `700 8.5px ${colours.sans}`;
        context.fillStyle = primary ? colours.key : colours['edge-out'];
        context.fillText(primary ? 'PK' : 'FK', x + 12, middle);
      }
      const type = this.fit(context, shortType(column.type), 400, 11, w * 0.5);
      const typeWidth = this.ratio(context, type, 400) * 11;
      const name = this.fit(context, column.name, primary ? 600 : 400, 12, w - 32 - 22 - typeWidth);
      context.font = `${primary ? 600 : 400} 12px ${colours.sans}`;
      context.fillStyle = column.not_null || entry.kind === 'view' ? colours.text : colours['text-soft'];
      context.fillText(name, x + 32, middle);
      context.font = `400 11px ${colours.sans}`;
      context.fillStyle = colours['text-faint'];
      context.textAlign = 'right';
      context.fillText(type, x + w - 12, middle);
    });
    context.globalAlpha = alpha;
  },
};

/** A name cut at the underscore, dash or space nearest to its middle. */
function halves(name) {
  let best = -1;
  for (const match of name.matchAll(/[_\-. ]/g)) {
    if (best < 0 || Math.abs(match.index + 0.5 - name.length / 2) < Math.abs(best + 0.5 - name.length / 2)) best = match.index;
  }
  return best > 0 ? [name.slice(0, best + 1), name.slice(best + 1)] : [name];
}

