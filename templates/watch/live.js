(() => {
  'use strict';
  // Only in the page that `tidegate watch --serve` sends, never in the file.
  const version = document.currentScript.dataset.version;
  const key = 'tidegate-place';
  const scrolled = ['.panel-body', '.dictionary', '.side', '.side-list', 'main'];

  const make = (tag, name, text) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    if (text) element.textContent = text;
    return element;
  };

  const overlay = make('div', 'tidegate-live');
  overlay.hidden = true;
  overlay.setAttribute('role', 'alertdialog');
  overlay.setAttribute('aria-label', 'Error');
  const badge = make('button', 'tidegate-badge');
  badge.hidden = true;
  badge.type = 'button';
  document.body.append(overlay, badge);

  let problem = null;
  let folded = false;
  let away = false;

  const show = () => {
    overlay.hidden = !problem || folded;
    badge.hidden = !away && (!problem || !folded);
    badge.classList.toggle('away', away);
    badge.textContent = away ? 'tidegate watch has ended' : 'Show the error';
  };

  const fold = (value) => {
    folded = value;
    show();
  };

  badge.addEventListener('click', () => { if (!away) fold(false); });
  overlay.addEventListener('click', (event) => { if (event.target === overlay) fold(true); });
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && !overlay.hidden) {
      fold(true);
      event.stopImmediatePropagation();
    }
  }, true);

  // Everything is text: what stands in a migration is nobody's markup.
  const tell = (said) => {
    const card = make('div', 'tidegate-card');
    const head = make('header');
    const close = make('button', '', '×');
    close.type = 'button';
    close.setAttribute('aria-label', 'Look at the page');
    close.addEventListener('click', () => fold(true));
    head.append(make('h1', '', said.title), close);
    const body = make('div', 'body');
    const [first, ...rest] = said.message.split('\n');
    const place = /^(\S+:\d+): (.+)$/.exec(first);
    if (place) body.append(make('span', 'place', place[1]));
    body.append(make('p', 'what', place ? place[2] : first));
    const detail = [...rest, ...said.causes].join('\n').trimEnd();
    if (detail) body.append(make('pre', '', detail.replace(/^ {1,4}/gm, '')));
    if (said.hints.length) {
      const list = make('ul');
      list.append(...said.hints.map((hint) => make('li', '', hint)));
      body.append(list);
    }
    card.append(head, body, make('footer', '', said.foot));
    overlay.replaceChildren(card);
  };

  const remember = () => {
    const place = { hash: location.hash, scrolls: {} };
    for (const selector of scrolled) {
      const element = document.querySelector(selector);
      if (element && (element.scrollTop || element.scrollLeft)) place.scrolls[selector] = [element.scrollTop, element.scrollLeft];
    }
    const focused = document.activeElement;
    if (focused && focused.id) place.focus = focused.id;
    try { sessionStorage.setItem(key, JSON.stringify(place)); } catch { /* then the place is lost, and no more */ }
  };

  const recall = () => {
    let place;
    try {
      place = JSON.parse(sessionStorage.getItem(key));
      sessionStorage.removeItem(key);
    } catch { return; }
    if (!place || place.hash !== location.hash) return;
    requestAnimationFrame(() => {
      for (const [selector, [top, left]] of Object.entries(place.scrolls)) {
        const element = document.querySelector(selector);
        if (element) element.scrollTo({ top, left, behavior: 'instant' });
      }
      if (place.focus) document.getElementById(place.focus)?.focus({ preventScroll: true });
    });
  };

  const listen = () => {
    const events = new EventSource('events');
    events.addEventListener('state', (event) => {
      away = false;
      const state = JSON.parse(event.data);
      if (state.version && state.version !== version) {
        remember();
        location.reload();
        return;
      }
      const same = JSON.stringify(problem) === JSON.stringify(state.problem);
      problem = state.problem;
      if (problem && !same) {
        folded = false;
        tell(problem);
      }
      show();
    });
    // The browser tries again by itself.
    events.addEventListener('error', () => { away = true; show(); });
    addEventListener('pagehide', () => events.close());
  };

  recall();
  listen();
})();
