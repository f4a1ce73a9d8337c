// Reads one JSON object per line from stdin ({"name", "text"}), and parses each text with every installed Mermaid.
// Prints one JSON object per text and version: {"name", "version", "ok", "error"?, "entities", "attributes",
// "relations"}. The lists are what Mermaid understood, since it drops some lines without an error.

import { readFileSync, readdirSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import path from 'node:path';
import { createRequire } from 'node:module';

const here = path.dirname(fileURLToPath(import.meta.url));
const modules = process.env.TIDEGATE_TEST_NODE ?? path.join(here, 'node_modules');
const { JSDOM } = createRequire(path.join(modules, 'package.json'))('jsdom');

// The default of `maxTextSize`: past it Mermaid draws an error instead of the diagram.
const MAX_TEXT = 50_000;

// Mermaid looks for a browser while it is loaded.
const { window } = new JSDOM('<!doctype html><body></body>');
Object.assign(globalThis, { window, document: window.document });
for (const name of ['Element', 'HTMLElement', 'SVGElement', 'Node', 'DOMParser', 'NodeFilter', 'CSSStyleSheet']) {
  globalThis[name] ??= window[name];
}

const parsers = [];
for (const folder of readdirSync(modules).filter((name) => /^mermaid-\d/.test(name)).sort()) {
  const home = path.join(modules, folder);
  const { version } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8'));
  const { default: mermaid } = await import(pathToFileURL(path.join(home, 'dist', 'mermaid.core.mjs')));
  mermaid.initialize({ startOnLoad: false });
  parsers.push({ version, mermaid });
}
if (parsers.length === 0) throw new Error(`no mermaid-* package in ${modules}`);

const values = (collection) => (collection instanceof Map ? [...collection.entries()] : Object.entries(collection));

async function check({ version, mermaid }, { name, text }) {
  try {
    if (text.length > MAX_TEXT) throw new Error(`${text.length} characters are more than ${MAX_TEXT}`);
    await mermaid.parse(text);
    // 10.0 says whether a text parses, but not what it understood.
    if (!mermaid.mermaidAPI.getDiagramFromText) return { name, version, ok: true };
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    const entities = values(db.getEntities());
    const nameOf = new Map(entities.map(([key, entity]) => [entity.id ?? key, key]));
    const relations = db.getRelationships().map((relation) => [
      nameOf.get(relation.entityA) ?? relation.entityA,
      nameOf.get(relation.entityB) ?? relation.entityB,
      relation.roleA,
    ]);
    const attributes = entities.reduce((sum, [, entity]) => sum + entity.attributes.length, 0);
    return { name, version, ok: true, entities: entities.map(([key]) => key), attributes, relations };
  } catch (error) {
    return { name, version, ok: false, error: String(error?.message ?? error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line.trim() === '') continue;
  const diagram = JSON.parse(line);
  for (const parser of parsers) console.log(JSON.stringify(await check(parser, diagram)));
}
