// Which keys there are, and how to read the lines.

const KEYS = [
  ['/ or Ctrl K', 'Search'],
  ['+  −  0', 'Zoom in, out, show all'],
  ['Arrows', 'Move the diagram, when it has the focus'],
  ['f', 'Focus on the open table and its neighbours'],
  ['Esc', 'Close what is open'],
  ['Double-click', 'Focus on a table'],
];
// End, meaning.
const SIGNS = [
  [1, 'exactly one'],
  [2, 'at most one'],
  [3, 'any number'],
];

const help = {
  mount() {
    this.dialog = h('dialog.help', { 'aria-label': 'Help', onclick: (event) => { if (event.target === this.dialog) this.dialog.close(); } });
    return this.dialog;
  },

  open() {
    if (!this.dialog.firstChild) {
      const lines = [
        [h('span.swatch.out'), 'what the table references'],
        [h('span.swatch.in'), 'what references it'],
        [h('span.swatch.dashed'), 'a view that reads it, inheritance, or a relation that is only documented'],
      ];
      const row = ([sign, text]) => h('div', null, h('dt', null, sign), h('dd', null, text));
      append(this.dialog, [
        h('div.help-box', { tabindex: '-1', autofocus: true },
          h('button.icon-button', { type: 'button', 'aria-label': 'Close', onclick: () => this.dialog.close() }, icon('close')),
          h('h2', null, 'Keys'),
          h('dl', null, KEYS.map(([keys, text]) => row([h('kbd', null, keys), text]))),
          diagram.available() && [h('h2', null, 'Lines'), h('dl.legend', null, SIGNS.map(([end, text]) => row([legendSign(end), `${text}, at this end`])), lines.map(row))]),
      ]);
    }
    this.dialog.showModal();
  },
};

/** A crow's foot at the edge of a box, to the left. */
function legendSign(end) {
  const svg = icon('minus');
  svg.setAttribute('viewBox', '0 0 40 16');
  svg.setAttribute('class', 'icon legend-sign');
  const parts = { 1: 'M6 3v10M10 3v10', 2: 'M6 3v10M17.6 8a3.6 3.6 0 1 1-7.2 0 3.6 3.6 0 0 1 7.2 0', 3: 'M0 2l11 6L0 14M18.6 8a3.6 3.6 0 1 1-7.2 0 3.6 3.6 0 0 1 7.2 0' };
  svg.firstChild.setAttribute('d', `M0 8h40${parts[end]}`);
  return svg;
}

