// A small Markdown reader that builds DOM nodes, so nothing a model writes is ever parsed as HTML.

import { announce, make } from './dom.js';

const FENCE = /^ {0,3}(`{3,}|~{3,})\s*([^\s`]*)/;
const HEADING = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const RULE = /^ {0,3}([-*_])(\s*\1){2,}\s*$/;
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const QUOTE = /^ {0,3}> ?/;
const TABLE_RULE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;
const DEEPEST = 8;

/**
 * Shows Markdown that still grows. A block that another one follows is final, so only the last block is built anew:
 * the work of a token does not grow with the length of the answer.
 */
export class GrowingMarkdown {
  #text = '';
  #from = 0;
  #open = [];

  constructor(target) {
    this.target = target;
  }

  get text() {
    return this.#text;
  }

  set text(value) {
    if (!value.startsWith(this.#text)) {
      this.#from = 0;
      this.#open = [];
      this.target.replaceChildren();
    }
    this.#text = value;
    this.#build();
  }

  #build() {
    for (const node of this.#open) node.remove();
    const lines = this.#text.slice(this.#from).split('\n');
    const blocks = readBlocks(lines, 0);
    for (const block of blocks) this.target.append(block.node);
    const last = blocks.at(-1);
    this.#open = last ? [last.node] : [];
    for (let i = 0; last && i < last.line; i++) this.#from += lines[i].length + 1;
  }
}

/** Builds the whole text at once. */
export function renderMarkdown(target, text) {
  target.replaceChildren(...readBlocks(text.split('\n'), 0).map(block => block.node));
}

function readBlocks(lines, depth) {
  const blocks = [];
  let at = 0;
  while (at < lines.length) {
    if (!lines[at].trim()) {
      at++;
      continue;
    }
    const line = at;
    const [node, next] = readBlock(lines, at, depth);
    blocks.push({ node, line });
    at = next;
  }
  return blocks;
}

function readBlock(lines, at, depth) {
  const line = lines[at];
  let match;
  if ((match = FENCE.exec(line))) return readFence(lines, at, match);
  if ((match = HEADING.exec(line))) return [withInline(make(`h${Math.min(6, match[1].length + 2)}`), match[2]), at + 1];
  if (RULE.test(line)) return [make('hr'), at + 1];
  if (depth < DEEPEST && QUOTE.test(line)) return readQuote(lines, at, depth);
  if (depth < DEEPEST && ITEM.test(line)) return readList(lines, at, depth);
  if (line.includes('|') && TABLE_RULE.test(lines[at + 1] ?? '') && lines[at + 1].includes('-')) return readTable(lines, at);
  return readParagraph(lines, at, depth);
}

function readFence(lines, at, [, fence, language]) {
  let end = at + 1;
  while (end < lines.length && !closes(lines[end], fence)) end++;
  const text = lines.slice(at + 1, end).join('\n');
  const copy = make('button', { type: 'button', className: 'quiet copy', ariaLabel: `Copy ${language || 'code'}` }, 'Copy');
  copy.onclick = () => copyText(copy, text);
  const figure = make(
    'figure',
    { className: 'code' },
    make('figcaption', {}, make('span', {}, language || 'code'), copy),
    make('pre', { tabIndex: 0 }, make('code', {}, text)),
  );
  return [figure, end + 1];
}

const closes = (line, fence) => line.trim().startsWith(fence) && !line.trim().replaceAll(fence[0], '');

async function copyText(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copied';
    announce('Copied');
  } catch {
    // Browsers offer the clipboard on https and localhost only.
    getSelection().selectAllChildren(button.closest('figure').querySelector('code'));
    button.textContent = 'Selected: press Ctrl+C';
  }
  setTimeout(() => (button.textContent = 'Copy'), 2500);
}

function readQuote(lines, at, depth) {
  const inner = [];
  while (at < lines.length && lines[at].trim() && (QUOTE.test(lines[at]) || !startsBlock(lines[at]))) inner.push(lines[at++].replace(QUOTE, ''));
  return [make('blockquote', {}, ...readBlocks(inner, depth + 1).map(block => block.node)), at];
}

function readList(lines, at, depth) {
  const [, indent, marker] = ITEM.exec(lines[at]);
  const ordered = /\d/.test(marker);
  const list = make(ordered ? 'ol' : 'ul', ordered && parseInt(marker, 10) !== 1 ? { start: parseInt(marker, 10) } : {});
  while (at < lines.length) {
    const item = ITEM.exec(lines[at]);
    if (!item || item[1].length > indent.length + 1 || item[1].length < indent.length || /\d/.test(item[2]) !== ordered || RULE.test(lines[at])) break;
    const inner = [item[3]];
    at++;
    while (at < lines.length) {
      const line = lines[at];
      const deeper = line.length - line.trimStart().length > indent.length + 1;
      if (!line.trim()) {
        // A blank line ends the list unless what follows is still inside it.
        const following = nextFilled(lines, at);
        if (following.length - following.trimStart().length <= indent.length + 1) break;
        inner.push('');
      } else if (deeper) inner.push(line.slice(Math.min(line.length - line.trimStart().length, indent.length + item[2].length + 1)));
      else if (startsBlock(line)) break;
      else inner.push(line);
      at++;
    }
    const blocks = readBlocks(inner, depth + 1).map(block => block.node);
    // A plain item reads better without the paragraph's margins.
    list.append(make('li', {}, ...(blocks[0]?.tagName === 'P' ? [...blocks[0].childNodes, ...blocks.slice(1)] : blocks)));
    while (at < lines.length && !lines[at].trim() && ITEM.test(nextFilled(lines, at))) at++;
  }
  return [list, at];
}

function nextFilled(lines, at) {
  while (at < lines.length && !lines[at].trim()) at++;
  return lines[at] ?? '';
}

function readTable(lines, at) {
  const cells = line => line.trim().replace(/^\||\|$/g, '').split('|').map(cell => cell.trim());
  const row = (tag, line) => make('tr', {}, ...cells(line).map(cell => withInline(make(tag), cell)));
  const head = make('thead', {}, row('th', lines[at]));
  const body = make('tbody');
  for (at += 2; at < lines.length && lines[at].includes('|'); at++) body.append(row('td', lines[at]));
  return [make('div', { className: 'table', tabIndex: 0 }, make('table', {}, head, body)), at];
}

function readParagraph(lines, at, depth) {
  const first = at++;
  while (at < lines.length && lines[at].trim() && !(depth < DEEPEST && startsBlock(lines[at]))) at++;
  return [withInline(make('p'), lines.slice(first, at).join('\n').trim()), at];
}

const startsBlock = line => FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line) || ITEM.test(line);

// The lengths are bounded so that a text full of opening marks is not searched to its end for each of them.
const INLINE = new RegExp(
  [
    /(?<ticks>`+)(?<code>[^]{0,4000}?[^`])\k<ticks>(?!`)/,
    /\*\*(?<strong>(?=\S)[^]{0,4000}?\S)\*\*/,
    /(?<![\p{L}\p{N}*])\*(?<em>(?=[^\s*])[^*]*?[^\s*])\*(?!\*)/,
    /(?<![\p{L}\p{N}_])_(?<low>(?=[^\s_])[^_]*?[^\s_])_(?![\p{L}\p{N}_])/,
    /~~(?<gone>(?=\S)[^]{0,4000}?\S)~~/,
    /\[(?<label>[^[\]\n]{1,1000})\]\((?<href>[^\s()]*(?:\([^\s()]*\)[^\s()]*)*)(?:\s+"[^"\n]*")?\)/,
    /(?<bare>https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)\]*_~`])/,
    /\\(?<escaped>[!-/:-@[-`{-~])/,
    /(?<br> {2,}\n)/,
  ]
    .map(part => part.source)
    .join('|'),
  'gu',
);

function withInline(target, text, depth = 0) {
  let at = 0;
  for (const match of depth > DEEPEST ? [] : text.matchAll(INLINE)) {
    if (match.index > at) target.append(text.slice(at, match.index));
    target.append(inlineNode(match, depth + 1));
    at = match.index + match[0].length;
  }
  target.append(text.slice(at));
  return target;
}

function inlineNode({ 0: whole, groups: found }, depth) {
  if (found.code !== undefined) return make('code', {}, found.code.replace(/^ (.*) $/, '$1'));
  if (found.strong !== undefined) return withInline(make('strong'), found.strong, depth);
  if (found.em !== undefined || found.low !== undefined) return withInline(make('em'), found.em ?? found.low, depth);
  if (found.gone !== undefined) return withInline(make('del'), found.gone, depth);
  if (found.escaped !== undefined) return found.escaped;
  if (found.br !== undefined) return make('br');
  const href = safeAddress(found.bare ?? found.href);
  if (!href) return whole;
  const link = make('a', { href, rel: 'noopener noreferrer', target: '_blank' });
  return found.bare ? (link.append(whole), link) : withInline(link, found.label, DEEPEST);
}

/** The address when it is absolute and of a harmless kind; anything else stays text. */
function safeAddress(text) {
  try {
    return ['http:', 'https:', 'mailto:'].includes(new URL(text).protocol) ? text : null;
  } catch {
    return null;
  }
}
