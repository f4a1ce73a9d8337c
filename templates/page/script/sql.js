// Light SQL highlighting: a tokenizer, no parser. What it does not know stays plain.

const KEYWORDS = new Set(
  `all alter analyze and any array as asc atomic before after begin between both by call case cast check collate
  column commit conflict constraint create cross current current_date current_timestamp current_user cursor declare default
  deferrable delete desc diagnostics distinct do drop each else elsif end except exception execute exists exit explain fetch
  filter first following for foreach foreign found from full function get grant group grouping having hint if ilike immutable in
  inner insert instead intersect interval into is isnull join key language last lateral leading left like limit
  lock loop materialized natural new next no not notice notify notnull null nulls of offset old on only open or order
  others outer over overlaps partition perform placing preceding primary procedure query raise range recursive
  references refresh rename replace return returning returns revoke right rollback row rows security select session_user set
  setof similar some stable strict table temp temporary then to trailing trigger truncate unbounded union unique
  update user using values variadic volatile when where while window with within without`.split(/\s+/),
);
const LITERALS = new Set(['true', 'false', 'null']);
const TOKEN =
  /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|((?:\b[eEbBxX])?'(?:[^']|'')*(?:'|$)|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\3\$)|("(?:[^"]|"")*")|(\b\d+(?:\.\d+)?\b)|(::\s*"?[A-Za-z_][\w.]*"?)|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)/g;

/** Nodes for a piece of SQL, for a `pre` or `code`. */
function highlight(text) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [token, comment, string, , quoted, number, cast, word] = match;
    let kind = null;
    if (comment) kind = 'comment';
    else if (string) kind = 'string';
    else if (number) kind = 'number';
    else if (cast) kind = 'cast';
    else if (word && LITERALS.has(word.toLowerCase())) kind = 'number';
    else if (word && KEYWORDS.has(word.toLowerCase())) kind = 'keyword';
    else if (word && text[match.index + word.length] === '(') kind = 'call';
    if (!kind || quoted) continue;
    if (match.index > at) nodes.push(text.slice(at, match.index));
    nodes.push(h(`span.sql-${kind}`, null, token));
    at = match.index + token.length;
  }
  if (at < text.length) nodes.push(text.slice(at));
  return nodes;
}

/** A block of SQL, without the empty lines and the common indent around it. */
function sqlBlock(text, label) {
  const lines = text.replace(/\t/g, '    ').replace(/^\s*\n|\s+$/g, '').split('\n');
  const indents = lines.filter((line) => line.trim()).map((line) => /^ */.exec(line)[0].length);
  // PostgreSQL prints a view's first line with one space less than nothing: it does not count.
  const indent = indents.length > 1 ? Math.min(...indents) : indents[0] || 0;
  const code = lines.map((line) => line.slice(indent)).join('\n');
  return h('pre.sql', { tabindex: '0', 'aria-label': label || 'SQL' }, h('code', null, highlight(code)));
}

function sqlInline(text) {
  return h('code.sql', null, highlight(text));
}

