// Where in a configuration a position is, told by indentation: it works while the text is still being written.

/** `path` leads from the root to the mapping or list around, `-` being an item of a list. */
export interface Place {
  path: string[];
  /** The key whose value stands here, or null where a key is written. */
  key: string | null;
  /** What is written of the key or value so far. */
  written: string;
  /** The column, from 0, at which keys of this mapping stand. */
  column: number;
  /** Whether this is inside `{…}` or `[…]`. */
  flow: boolean;
}

export type Lines = (number: number) => string;

interface Head {
  /** Where each dash stands, from left to right. */
  dashes: number[];
  /** Where the key, or what stands instead of one, begins. */
  column: number;
  key: string | null;
  rest: string;
}

const HEAD = /^( *)((?:-(?: +|$))*)(?:("[^"\\]*"|'[^']*'|[^\s#"'{}[\],:-][^#{}[\],]*?)[ \t]*:(?=[ \t]|$)[ \t]*)?(.*)$/;

export function headOf(line: string): Head {
  const [, indent = "", marks = "", key, rest = ""] = HEAD.exec(line) ?? [];
  const dashes = [...marks.matchAll(/-/g)].map((mark) => indent.length + mark.index);
  return { dashes, column: indent.length + marks.length, key: key === undefined ? null : unquoted(key), rest };
}

export function unquoted(text: string): string {
  return /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text;
}

/** The place at `column` (from 0) of line `number`. */
export function placeAt(lines: Lines, number: number, column: number): Place {
  const head = headOf(lines(number).slice(0, column));
  const path = pathAbove(lines, number, head);
  const place = { path, key: head.key, written: head.rest, column: head.column, flow: false };
  return /^[{[]/.test(head.rest) ? inFlow(place, head.rest) : place;
}

function pathAbove(lines: Lines, number: number, head: Head): string[] {
  const path: string[] = [];
  let limit = head.column;
  let inList = false;
  const enter = (from: Head, known: boolean) => {
    if (known && from.key !== null && (from.column < limit || (inList && from.column === limit))) {
      path.unshift(from.key);
      [limit, inList] = [from.column, false];
    }
    for (const dash of from.dashes.toReversed()) {
      if (dash >= limit) continue;
      path.unshift("-");
      [limit, inList] = [dash, true];
    }
  };
  enter(head, false);
  for (let at = number - 1; at >= 1 && (limit > 0 || inList); at--) {
    const line = lines(at);
    if (isDeeper(line, limit) || /^\s*(#|$)/.test(line)) continue;
    enter(headOf(line), true);
  }
  return path;
}

/** Whether all of a line stands further in than a column: said of most lines, and cheaply. */
function isDeeper(line: string, column: number): boolean {
  return line.startsWith(" ".repeat(column + 1));
}

/** Goes on into what is open of `{a: b, c: […`. */
function inFlow(start: Place, text: string): Place {
  const open: { list: boolean; key: string | null; from: number }[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    const inner = open.at(-1);
    if (char === '"' || char === "'") at = endOfQuote(text, at);
    else if (char === "{" || char === "[") open.push({ list: char === "[", key: null, from: at + 1 });
    else if (char === "}" || char === "]") open.pop();
    else if (char === "," && inner) [inner.key, inner.from] = [null, at + 1];
    else if (char === ":" && inner && !inner.list && inner.key === null && /[\s]|$/.test(text[at + 1] ?? "")) {
      [inner.key, inner.from] = [unquoted(text.slice(inner.from, at).trim()), at + 1];
    }
  }
  const last = open.at(-1);
  if (last === undefined) return start;
  const steps = open.slice(0, -1).map((each) => (each.list ? "-" : each.key ?? ""));
  const path = [...start.path, ...(start.key === null ? [] : [start.key]), ...steps];
  const written = text.slice(last.from).trimStart();
  return { path: last.list ? [...path, "-"] : path, key: last.key, written, column: start.column, flow: true };
}

function endOfQuote(text: string, from: number): number {
  const end = text.indexOf(text[from]!, from + 1);
  return end < 0 ? text.length : end;
}

/** The keys of the mapping whose keys stand at `column` around line `number`, with their values as written. */
export function siblings(lines: Lines, count: number, number: number, column: number): Map<string, string> {
  const found = new Map<string, string>();
  for (const [from, step] of [[number - 1, -1], [number + 1, 1]] as const) {
    if (step < 0 && headOf(lines(number)).dashes.length > 0) continue;
    for (let at = from; at >= 1 && at <= count; at += step) {
      const line = lines(at);
      if (isDeeper(line, column)) continue;
      const head = headOf(line);
      if (/^\s*(#|$)/.test(line) || (head.dashes[0] ?? head.column) > column) continue;
      const starts = head.dashes.length > 0;
      if (head.column < column || (starts && step > 0)) break;
      if (head.key !== null && head.column === column) found.set(head.key, unquoted(head.rest.replace(/\s+#.*$/, "")));
      if (starts) break;
    }
  }
  return found;
}
