// Elements, icons and small texts. Everything that comes from the database goes through textContent, never markup.

const SVG = 'http://www.w3.org/2000/svg';

/** An element: `h('a.link', { href }, 'text', child, null)`. Handlers are `onclick: fn`; `null` and `false` are left out. */
function h(spec, attributes, ...children) {
  const [tag, ...classes] = spec.split('.');
  const element = document.createElement(tag || 'div');
  if (classes.length) element.className = classes.join(' ');
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  append(element, children);
  return element;
}

function append(parent, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === '') continue;
    parent.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return parent;
}

function replace(parent, ...children) {
  parent.textContent = '';
  return append(parent, children);
}

// Strokes on a 16 by 16 grid.
const ICONS = {
  table: 'M2.5 3.5h11v9h-11zM2.5 6.5h11M6.5 6.5v6',
  partitioned: 'M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11',
  partition: 'M2.5 5.5h11v5h-11z',
  foreign: 'M2.5 3.5h7v9h-7zM2.5 6.5h7M11 8h3.5m-1.8-1.8L14.5 8l-1.8 1.8',
  view: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4z',
  materialized: 'M8 2 14 5 8 8 2 5zM2 8l6 3 6-3M2 11l6 3 6-3',
  enum: 'M6 4h8M6 8h8M6 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01',
  domain: 'M8 2.5 13.5 5v6L8 13.5 2.5 11V5z',
  composite: 'M2.5 2.5h4.5v4.5H2.5zM9 9h4.5v4.5H9zM9 2.5h4.5v4.5H9zM2.5 9h4.5v4.5H2.5z',
  range: 'M3 3.5v9M13 3.5v9M3 8h10',
  routine: 'M9.8 2.8c-1.6-.6-2.6.2-2.9 2L5.6 11.5c-.3 1.6-1.3 2.3-2.6 1.8M4.2 6.5h5M10 9l4 4M14 9l-4 4',
  aggregate: 'M12 4.5V3H4l4 5-4 5h8v-1.5',
  sequence: 'M3 4.5 4.5 3.5v4M3 12.5h3M3 9.5h2.5L3 12.5M9 4.5h4.5M9 8h4.5M9 11.5h4.5',
  extension: 'M6 2.5v2h4v-2M6 4.5H3.5V8h1a1.5 1.5 0 0 1 0 3h-1v2.5h9V11M10 4.5h2.5V8h1a1.5 1.5 0 0 1 0 3h-1',
  publication: 'M8 9.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3zM4.8 11.2a4.5 4.5 0 0 1 0-6.4M11.2 4.8a4.5 4.5 0 0 1 0 6.4M2.7 13.3a7.5 7.5 0 0 1 0-10.6M13.3 2.7a7.5 7.5 0 0 1 0 10.6',
  'event-trigger': 'M8.5 1.5 3.5 9H8l-.5 5.5 5-7.5H8z',
  server: 'M2.5 3h11v4h-11zM2.5 9h11v4h-11zM5 5h.01M5 11h.01',
  statistics: 'M3 13V8M8 13V3M13 13V6',
  schema: 'M2 4.5A1.5 1.5 0 0 1 3.5 3h3L8 4.5h4.5A1.5 1.5 0 0 1 14 6v5.5a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 2 11.5z',
  column: 'M5.5 2.5h5v11h-5zM5.5 6h5M5.5 9.5h5',
  label: 'M2.5 8V3.5a1 1 0 0 1 1-1H8l5.5 5.5L8 13.5zM5.5 5.5h.01',
  index: 'M3 3.5h10M3 6.5h7M3 9.5h10M3 12.5h5',
  key: 'M10.5 9a3.5 3.5 0 1 0-3.3-2.3L2.5 11.5v2H5V12h1.5v-1.5L7.8 9.2A3.5 3.5 0 0 0 10.5 9zM11 5h.01',
  link: 'M6.5 9.5a2.8 2.8 0 0 0 4 0l2.2-2.2a2.8 2.8 0 0 0-4-4L8 4M9.5 6.5a2.8 2.8 0 0 0-4 0L3.3 8.7a2.8 2.8 0 0 0 4 4L8 12',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM14 14l-3.4-3.4',
  close: 'M4 4l8 8M12 4l-8 8',
  menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7',
  moon: 'M13.5 9.5A6 6 0 0 1 6.5 2.5a6 6 0 1 0 7 7z',
  focus: 'M2.5 5.5v-3h3M10.5 2.5h3v3M13.5 10.5v3h-3M5.5 13.5h-3v-3M8 9.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3z',
  fit: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  chevron: 'M6 4l4 4-4 4',
  wide: 'M9.5 2.5h4v4M13.5 2.5 9 7M6.5 13.5h-4v-4M2.5 13.5 7 9',
  warning: 'M8 2 14.5 13.5h-13zM8 6.5v3.5M8 12h.01',
  book: 'M8 4C6.5 2.8 4.5 2.5 2.5 2.5v10c2 0 4 .3 5.5 1.5 1.5-1.2 3.5-1.5 5.5-1.5v-10c-2 0-4 .3-5.5 1.5zM8 4v10',
  diagram: 'M2.5 2.5h4v3.5h-4zM9.5 10h4v3.5h-4zM9.5 2.5h4v3.5h-4zM6.5 4.2h3M11.5 6v4',
  print: 'M4.5 6V2.5h7V6M4.5 11.5h-2V6h11v5.5h-2M4.5 9.5h7v4h-7z',
  help: 'M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM6.2 6.2a1.8 1.8 0 1 1 2.6 1.6c-.6.3-.8.7-.8 1.3M8 11.3h.01',
  shield: 'M8 2 13 4v4c0 3-2 5-5 6-3-1-5-3-5-6V4z',
};

/** An icon: decoration, or with `label` a picture that says something. */
function icon(name, label) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', `icon icon-${name}`);
  if (label) {
    svg.setAttribute('role', 'img');
    svg.setAttribute('aria-label', label);
  } else {
    svg.setAttribute('aria-hidden', 'true');
  }
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICONS[name] || ICONS.table);
  svg.append(path);
  return svg;
}

/** `12345` as `12 345`: the same in every locale. */
function count(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

function plural(number, one, many) {
  return `${count(number)} ${number === 1 ? one : many || `${one}s`}`;
}

function bytes(number) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let unit = 0;
  while (number >= 1024 && unit < units.length - 1) {
    number /= 1024;
    unit += 1;
  }
  return `${unit === 0 || number >= 100 ? Math.round(number) : number.toFixed(1)} ${units[unit]}`;
}

/** What the reader chose, kept where the browser lets us (not in private windows, nor for some `file://` pages). */
const memory = {
  get(key) {
    try {
      return localStorage.getItem(`tidegate.${key}`);
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(`tidegate.${key}`, value);
    } catch {
      // The choice then lasts as long as the page.
    }
  },
};

