// The names that a configuration defines, read line by line: it works while the text is still being written.
import { type Lines, headOf, unquoted } from "./place.ts";

export interface Attribute {
  name: string;
  type: string;
  text: string;
}

export interface Outline {
  keys: string[];
  events: string[];
  attributes: Attribute[];
  offers: string[];
  /** Columns of events that the text reads. */
  columns: string[];
}

const NAME = /(?:^|[{,])\s*name:\s*("[^"]*"|'[^']*'|[^\s,}#][^,}#]*)/;
const TYPE = /(?:^|[{,])\s*type:\s*["']?([a-z]+)/;
const COLUMN = /\bEVENT\??\.([A-Za-z_$][\w$]*)/g;

interface Item {
  section: string;
  lines: string[];
}

export function outlineOf(lines: Lines, count: number): Outline {
  const columns = new Set<string>();
  const items: Item[] = [];
  let section = "";
  let indent = -1;
  for (let number = 1; number <= count; number++) {
    const line = lines(number);
    for (const [, column] of line.matchAll(COLUMN)) columns.add(column!);
    if (/^\s*(#|$)/.test(line)) continue;
    const head = headOf(line);
    const dash = head.dashes[0] ?? -1;
    if (dash < 0 && head.column === 0) {
      [section, indent] = [head.key ?? "", -1];
      if (section === "keys") items.push(...listed(head.rest));
    } else if (dash >= 0 && (indent < 0 || dash <= indent)) {
      indent = dash;
      items.push({ section, lines: [line.slice(dash + 1).trim()] });
    } else items.at(-1)?.lines.push(line.trim());
  }
  return collected(items, [...columns]);
}

/** `keys: [a, b]` in one line. */
function listed(rest: string): Item[] {
  const names = /^\[([\w, ]*)\]/.exec(rest)?.[1]?.split(",") ?? [];
  return names.map((name) => ({ section: "keys", lines: [name.trim()] }));
}

function collected(items: Item[], columns: string[]): Outline {
  const named = (section: string) =>
    items.flatMap((item) => {
      const name = item.section === section ? nameOf(item) : "";
      return name ? [{ name, item }] : [];
    });
  const names = (section: string) => [...new Set(named(section).map((each) => each.name))];
  const attributes = named("attributes").map(({ name, item }) => ({
    name,
    type: found(TYPE, item.lines),
    text: item.lines.slice(0, 8).join("\n"),
  }));
  return { keys: names("keys"), events: names("events"), attributes, offers: names("offers"), columns };
}

function nameOf(item: Item): string {
  const name = found(NAME, item.lines);
  if (name || item.section !== "keys") return unquoted(name.trim());
  return /^[A-Za-z_]\w*$/.exec(item.lines[0]!.replace(/\s+#.*$/, ""))?.[0] ?? "";
}

function found(pattern: RegExp, lines: string[]): string {
  for (const line of lines) {
    const match = pattern.exec(line);
    if (match) return match[1]!;
  }
  return "";
}
