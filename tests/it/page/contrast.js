// Texts with less contrast to what is behind them than WCAG 2.1 AA asks for (4.5 to 1), as `class colour: ratio`.
(() => {
  const parse = (colour) => {
    const numbers = colour.match(/[\d.]+/g).map(Number);
    const scale = colour.startsWith('color(') ? 255 : 1;
    return [numbers[0] * scale, numbers[1] * scale, numbers[2] * scale, numbers[3] ?? 1];
  };
  const over = (top, below) => [0, 1, 2].map((at) => top[at] * top[3] + below[at] * (1 - top[3])).concat(1);
  const chain = (element) => (element ? [element, ...chain(element.parentElement)] : []);
  const behind = (element) =>
    chain(element).reverse().map((part) => parse(getComputedStyle(part).backgroundColor)).reduce((below, top) => over(top, below), [255, 255, 255, 1]);
  const luminance = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((value) => (value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const weak = new Set();
  for (const element of document.querySelectorAll('body *')) {
    if (element.closest('noscript, script, dialog:not([open]), .visually-hidden, .skip') || !element.checkVisibility()) continue;
    if (![...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim())) continue;
    const colour = parse(getComputedStyle(element).color);
    for (const part of chain(element)) colour[3] *= Number(getComputedStyle(part).opacity);
    const below = behind(element);
    const [low, high] = [luminance(over(colour, below)), luminance(below)].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) weak.add(`${element.className || element.tagName} ${getComputedStyle(element).color}: ${ratio.toFixed(2)}`);
  }
  return [...weak];
})()
