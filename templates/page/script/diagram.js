// The diagram: camera, pointer, keys, focus, small map.

const MAX_SCALE = 3;
const STILL = { active: null, selected: null, dim: false, near: new Set(), ringed: new Set(), edges: [], columns: new Map() };

const diagram = {
  whole: null,
  scene: null,
  camera: { x: 0, y: 0, k: 1 },
  selected: null,
  column: null,
  ringed: new Set(),
  hover: { node: null, edge: null },
  focus: null,
  ready: false,
  frame: 0,
  pointers: new Map(),

  available() {
    return Boolean(data.diagram);
  },

  /** The node of a relation; a partition is shown by its parent. */
  nodeOf(entry, scene = this.scene) {
    for (let current = entry; current; ) {
      const node = scene.byKey.get(current.key);
      if (node) return node;
      const parent = current.kind === 'table' && current.object.partition_of;
      current = parent ? model.byKey.get(`table/${parent.parent}`) : null;
    }
    return null;
  },

  has(entry) {
    return this.available() && Boolean(this.nodeOf(entry, this.whole));
  },

  mount() {
    this.whole = wholeScene();
    this.scene = this.whole;
    const { nodes, edges } = this.whole;
    this.canvas = h('canvas', {
      tabindex: '0',
      role: 'application',
      'aria-roledescription': 'diagram',
      'aria-label': `Diagram of ${plural(nodes.length, 'table and view', 'tables and views')} with ${plural(edges.length, 'relation')}. Arrow keys move, plus and minus zoom, zero shows all. Every table is also in the list.`,
    });
    this.context = this.canvas.getContext('2d', { alpha: false });
    this.map = h('canvas.map', { width: 176, height: 116, 'aria-hidden': 'true' });
    this.tip = h('div.tip', { hidden: true, role: 'tooltip' });
    this.scale = h('button.scale', { type: 'button', title: 'Actual size', onclick: () => this.zoom(1 / this.camera.k, null, true) });
    this.bar = h('div.focus-bar', { hidden: true });
    const control = (name, text, onclick) => h('button.icon-button', { type: 'button', 'aria-label': text, title: text, onclick }, icon(name));
    this.stage = h(
      'section.stage',
      { 'aria-label': 'Diagram' },
      this.canvas,
      this.bar,
      this.map,
      h('div.controls', { role: 'group', 'aria-label': 'Zoom' }, control('minus', 'Zoom out', () => this.zoom(1 / 1.3, null, true)), this.scale, control('plus', 'Zoom in', () => this.zoom(1.3, null, true)), control('fit', 'Show all', () => this.fit(true))),
      this.tip,
    );
    listen(this);
    new ResizeObserver(() => this.resize()).observe(this.stage);
    return this.stage;
  },

  resize() {
    if (!this.stage) return;
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (!width || !height) return;
    const density = devicePixelRatio || 1;
    if (width !== this.width || height !== this.height || density !== this.density) {
      Object.assign(this, { width, height, density });
      this.canvas.width = Math.round(width * density);
      this.canvas.height = Math.round(height * density);
      this.request();
    }
    if (!this.ready) {
      this.ready = true;
      this.fit(false);
      if (this.pending) this.look(...this.pending);
    }
  },

  recolour() {
    if (!this.stage) return;
    paint.readColours();
    this.drawMap();
    this.request();
  },

  request() {
    if (!this.frame) this.frame = requestAnimationFrame(() => this.draw());
  },

  draw() {
    this.frame = 0;
    if (!this.ready) return;
    if (!paint.colours) this.recolour();
    paint.draw(this.context, this.scene, this.camera, this.width, this.height, this.density, this.state());
    const percent = `${Math.round(this.camera.k * 100)}%`;
    if (this.scale.textContent !== percent) this.scale.textContent = percent;
    this.drawMap();
  },

  /** What is lit: the table under the pointer, or else the open one, with its lines and neighbours. */
  state() {
    const { node, edge } = this.hover;
    const active = edge ? null : node || this.selected;
    if (!active && !edge && !this.ringed.size) return { ...STILL, near: new Set() };
    const edges = edge ? [edge] : active ? active.edges : [];
    const near = new Set(active ? [active] : this.ringed);
    const columns = new Map();
    const light = (at, names) => {
      if (!columns.has(at)) columns.set(at, new Set());
      for (const name of names) columns.get(at).add(name);
    };
    for (const { from, to, key } of edges) {
      near.add(from).add(to);
      if (key) {
        light(from, key.columns);
        light(to, key.referenced_columns);
      }
    }
    if (this.selected && this.column) light(this.selected, [this.column]);
    return { active, selected: this.selected, dim: !node && !edge && !this.focus && (this.selected !== null || this.ringed.size > 0), near, ringed: this.ringed, edges, columns };
  },

  /** Follows the route: which object is open, and how many hops around it are shown. */
  select(entry, hops, column, jump) {
    const key = hops && entry && this.has(entry) ? `${this.nodeOf(entry, this.whole).entry.key}/${hops}` : null;
    const changed = key !== this.focus;
    if (changed) {
      this.focus = key;
      this.scene = key ? focusScene(this.whole, this.nodeOf(entry, this.whole).entry.key, hops) : this.whole;
      this.hover = { node: null, edge: null };
      this.mapImage = null;
    }
    const before = this.selected && this.selected.entry;
    this.selected = entry ? this.nodeOf(entry) : null;
    this.column = column || null;
    this.ringed = new Set(this.selected || !entry ? [] : usersOf(entry).map((user) => this.nodeOf(user)).filter(Boolean));
    this.drawBar(entry, hops);
    const moved = entry !== before && !(this.clicked && this.clicked === entry);
    this.clicked = null;
    this.look(changed, moved, jump);
    this.request();
  },

  look(changed, moved, jump) {
    if (!this.ready) {
      this.pending = [changed, moved, true];
      return;
    }
    if (changed && this.focus) this.fit(false);
    else if (this.selected && (moved || changed)) this.centre(this.selected, !jump && !changed);
    else if (changed || (jump && !this.selected)) this.fit(false);
    else if (this.selected) this.reveal(this.selected);
    else if (this.ringed.size) this.fit(true);
  },

  drawBar(entry, hops) {
    this.bar.hidden = !this.focus;
    if (!this.focus) return;
    const step = (number, text) => h('button.icon-button', { type: 'button', 'aria-label': text, title: text, disabled: number < 1 || number > 9, onclick: () => { location.hash = `${href(entry)}/focus/${number}`; } }, icon(number < hops ? 'minus' : 'plus'));
    replace(this.bar, icon('focus'), h('b', null, entry.name), h('span.hint', null, plural(this.scene.nodes.length - 1, 'neighbour')), step(hops - 1, 'Fewer hops'), h('span.hops', null, plural(hops, 'hop')), step(hops + 1, 'More hops'), h('button.button', { type: 'button', onclick: () => { location.hash = href(entry); } }, 'Show all'));
  },

  fitting() {
    const margin = 36;
    const k = Math.min((this.width - 2 * margin) / this.scene.width, (this.height - 2 * margin) / this.scene.height, this.focus ? 1 : 1.2);
    return { k, x: this.scene.width / 2 - this.width / 2 / k, y: this.scene.height / 2 - this.height / 2 / k };
  },

  fit(smooth) {
    if (this.ready) this.move(this.fitting(), smooth);
  },

  /** Shows a box with its neighbours where all of them are readable together, else the box in the middle. */
  centre(node, smooth) {
    const near = [node, ...node.edges.flatMap((edge) => [edge.from, edge.to])];
    const left = Math.min(...near.map((other) => other.x)) - 36;
    const top = Math.min(...near.map((other) => other.y)) - 36;
    const wide = Math.max(...near.map((other) => other.x + other.w)) + 36 - left;
    const high = Math.max(...near.map((other) => other.y + other.h)) + 36 - top;
    const all = Math.min(this.width / wide, this.height / high, 0.9);
    if (all >= 0.55) {
      this.move({ k: all, x: left + wide / 2 - this.width / 2 / all, y: top + high / 2 - this.height / 2 / all }, smooth);
      return;
    }
    const k = Math.max(this.camera.k, Math.min(0.85, this.height / (node.h + 120)));
    this.move({ k, x: node.x + node.w / 2 - this.width / 2 / k, y: node.y + Math.min(node.h, this.height / k - 80) / 2 - this.height / 2 / k }, smooth);
  },

  /** Moves as little as needed to have a box in the window. */
  reveal(node) {
    const { k } = this.camera;
    const pad = 24 / k;
    let { x, y } = this.camera;
    x = Math.min(Math.max(x, node.x + node.w + pad - this.width / k), node.x - pad);
    y = Math.min(Math.max(y, node.y + Math.min(node.h, this.height / k - 2 * pad) + pad - this.height / k), node.y - pad);
    if (x !== this.camera.x || y !== this.camera.y) this.move({ x, y, k }, true);
  },

  move(target, smooth) {
    cancelAnimationFrame(this.motion);
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (!smooth || still) {
      this.camera = target;
      this.request();
      return;
    }
    const from = { ...this.camera };
    // The middle of the window travels straight, the scale evenly.
    const centre = (camera) => [camera.x + this.width / 2 / camera.k, camera.y + this.height / 2 / camera.k];
    const [ax, ay] = centre(from);
    const [bx, by] = centre(target);
    let start = null;
    const step = (now) => {
      start ??= now;
      const t = Math.min(1, (now - start) / 260);
      const eased = 1 - (1 - t) ** 3;
      const k = from.k * (target.k / from.k) ** eased;
      this.camera = { k, x: ax + (bx - ax) * eased - this.width / 2 / k, y: ay + (by - ay) * eased - this.height / 2 / k };
      if (t < 1) this.motion = requestAnimationFrame(step);
      else this.camera = target;
      this.request();
    };
    this.motion = requestAnimationFrame(step);
  },

  /** Zooms around a point of the window, its middle where none is given. */
  zoom(factor, at, smooth) {
    const { camera } = this;
    const [px, py] = at || [this.width / 2, this.height / 2];
    const least = Math.min(this.fitting().k * 0.6, 0.2);
    const k = Math.max(least, Math.min(MAX_SCALE, camera.k * factor));
    this.move({ k, x: camera.x + px / camera.k - px / k, y: camera.y + py / camera.k - py / k }, smooth);
  },

  pan(dx, dy, smooth) {
    const { x, y, k } = this.camera;
    this.move({ x: x - dx / k, y: y - dy / k, k }, smooth);
  },

  key(event) {
    const step = event.shiftKey ? 240 : 80;
    const moves = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    if (event.key === '+' || event.key === '=') this.zoom(1.3, null, true);
    else if (event.key === '-') this.zoom(1 / 1.3, null, true);
    else if (event.key === '0') this.fit(true);
    else if (event.key in moves && document.activeElement === this.canvas) {
      this.pan(...moves[event.key], false);
      event.preventDefault();
    }
  },

  /** What is at a point of the window: box, row and line. */
  hit(px, py) {
    const { camera } = this;
    const x = camera.x + px / camera.k;
    const y = camera.y + py / camera.k;
    const node = this.scene.nodes.find((other) => x >= other.x && x <= other.x + other.w && y >= other.y && y <= other.y + other.h) || null;
    if (node) {
      const at = Math.floor((y - node.y - data.diagram.header) / data.diagram.row);
      const column = camera.k >= ROWS_FROM && at >= 0 ? columnsOf(node.entry)[node.rows[at]] : null;
      return { node, column: column || null, edge: null };
    }
    if (camera.k < 0.15) return { node: null, column: null, edge: null };
    const near = 6 / camera.k;
    let best = { edge: null, distance: near };
    for (const edge of this.scene.edges) {
      const distance = distanceToEdge(edge, x, y, near);
      if (distance < best.distance) best = { edge, distance };
    }
    return { node: null, column: null, edge: best.edge };
  },

  point(px, py) {
    const { node, column, edge } = this.hit(px, py);
    this.canvas.style.cursor = node || edge ? 'pointer' : '';
    if (node !== this.hover.node || edge !== this.hover.edge) {
      this.hover = { node, edge };
      this.request();
    }
    this.showTip(px, py, tipOf(node, column, edge, this.camera.k));
  },

  unpoint() {
    this.tip.hidden = true;
    this.canvas.style.cursor = '';
    if (this.hover.node || this.hover.edge) {
      this.hover = { node: null, edge: null };
      this.request();
    }
  },

  showTip(px, py, content) {
    this.tip.hidden = !content;
    if (!content) return;
    replace(this.tip, content);
    const { offsetWidth: width, offsetHeight: height } = this.tip;
    this.tip.style.left = `${Math.max(8, Math.min(px + 14, this.width - width - 8))}px`;
    this.tip.style.top = `${py + 18 + height > this.height ? py - height - 10 : py + 18}px`;
  },

  click(px, py) {
    const { node, column, edge } = this.hit(px, py);
    if (node) {
      this.clicked = node.entry;
      const hops = app.route.hops;
      location.hash = hops ? `${href(node.entry)}/focus/${hops}` : href(node.entry, column && column.name);
    } else if (edge) {
      this.clicked = edge.from.entry;
      location.hash = href(edge.from.entry, edge.key ? edge.key.columns[0] : undefined);
    } else if (!this.focus && app.route.entry) location.hash = '#/';
  },

  drawMap() {
    const { width, height } = this.map;
    const { camera, scene } = this;
    const fits = camera.x <= 0 && camera.y <= 0 && camera.x + this.width / camera.k >= scene.width && camera.y + this.height / camera.k >= scene.height;
    this.map.hidden = fits || this.width < 560;
    if (this.map.hidden || !paint.colours) return;
    const k = Math.min((width - 8) / scene.width, (height - 8) / scene.height);
    this.mapView = { k, x: (width - scene.width * k) / 2, y: (height - scene.height * k) / 2 };
    const context = this.map.getContext('2d');
    if (!this.mapImage || this.mapColours !== paint.colours) {
      this.mapImage = document.createElement('canvas');
      Object.assign(this.mapImage, { width, height });
      const image = this.mapImage.getContext('2d');
      image.globalAlpha = 0.75;
      for (const node of scene.nodes) {
        image.fillStyle = paint.colours.hues[node.hue];
        image.fillRect(this.mapView.x + node.x * k, this.mapView.y + node.y * k, Math.max(1, node.w * k), Math.max(1, node.h * k));
      }
      this.mapColours = paint.colours;
    }
    context.clearRect(0, 0, width, height);
    context.drawImage(this.mapImage, 0, 0);
    context.strokeStyle = paint.colours.accent;
    context.lineWidth = 1.5;
    context.strokeRect(this.mapView.x + camera.x * k, this.mapView.y + camera.y * k, (this.width / camera.k) * k, (this.height / camera.k) * k);
  },

  /** A picture for paper, in light colours. */
  printed() {
    const width = 2200;
    const k = Math.min(width / (this.whole.width + 80), 2);
    const canvas = h('canvas.print-diagram', { 'aria-hidden': 'true' });
    canvas.width = Math.round((this.whole.width + 80) * k);
    canvas.height = Math.round((this.whole.height + 80) * k);
    if (canvas.height > 6000) return null;
    const { theme: chosen } = document.documentElement.dataset;
    document.documentElement.dataset.theme = 'light';
    paint.readColours();
    paint.colours.canvas = '#ffffff';
    paint.draw(canvas.getContext('2d'), this.whole, { x: -40, y: -40, k }, canvas.width, canvas.height, 1, STILL);
    if (chosen) document.documentElement.dataset.theme = chosen;
    else delete document.documentElement.dataset.theme;
    paint.readColours();
    return canvas;
  },
};

/** The relations that an object without a box of its own belongs to. */
function usersOf(entry) {
  const { object } = entry;
  if (entry.kind === 'type') return (model.typeUsers.get(object.name) || []).map((user) => user.entry);
  if (entry.kind === 'routine' && object.identity === '') return (model.triggersOf.get(object.name) || []).map((user) => user.entry);
  if (entry.kind === 'sequence' && object.owned_by_table) return [relation(object.owned_by_table)].filter(Boolean);
  if (entry.kind === 'statistics') return [relation(object.table)].filter(Boolean);
  if (entry.kind === 'publication') return (object.tables || []).map((table) => relation(table.name)).filter(Boolean);
  if (entry.kind === 'schema') return model.entries.filter((other) => other.namespace === object.name && (other.kind === 'table' || other.kind === 'view'));
  return [];
}

function tipOf(node, column, edge, k) {
  if (edge) {
    const { key } = edge;
    const names = (entry, columns) => [h('span.namespace', null, `${entry.namespace}.`), `${entry.name}${columns ? `.${columns.length > 1 ? `(${columns.join(', ')})` : columns[0]}` : ''}`];
    return [
      h('div', null, names(edge.from.entry, key && key.columns), h('span.arrow', null, ' → '), names(edge.to.entry, key && key.referenced_columns)),
      key ? h('div.tip-badges', null, foreignBadges(key)) : h('div.hint', null, EDGE_KINDS[edge.kind]),
    ];
  }
  if (!node) return null;
  if (column) return column.comment ? [h('b', null, column.name), comment(column.comment, 'div')] : null;
  const { entry } = node;
  if (k >= ROWS_FROM && !entry.object.comment) return null;
  return [h('div', null, h('span.namespace', null, `${entry.namespace}.`), h('b', null, entry.name)), entry.object.comment && h('div.comment', null, entry.object.comment.split('\n')[0])];
}

