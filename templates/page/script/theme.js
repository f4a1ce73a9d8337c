// Light or dark: as the system says, until somebody chooses.

const theme = {
  dark: matchMedia('(prefers-color-scheme: dark)'),

  current() {
    return document.documentElement.dataset.theme || (this.dark.matches ? 'dark' : 'light');
  },

  button() {
    const stored = memory.get('theme');
    if (stored === 'dark' || stored === 'light') document.documentElement.dataset.theme = stored;
    const button = h('button.icon-button', { type: 'button', onclick: () => {
      const next = this.current() === 'dark' ? 'light' : 'dark';
      document.documentElement.dataset.theme = next;
      memory.set('theme', next);
      this.paint(button);
    } });
    this.dark.addEventListener('change', () => this.paint(button));
    this.paint(button);
    return button;
  },

  paint(button) {
    const next = this.current() === 'dark' ? 'light' : 'dark';
    button.setAttribute('aria-label', `Switch to ${next} colours`);
    button.title = `Switch to ${next} colours`;
    replace(button, icon(next === 'dark' ? 'moon' : 'sun'));
    if (diagram.available()) diagram.recolour();
  },
};

