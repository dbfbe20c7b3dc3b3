// Finding the expressions in a text: each `${` and the `}` that closes it by JavaScript's tokens.

export interface Range {
  from: number;
  to: number;
}

/** The expressions inside `${…}`, without their braces; the last one reaches to the end when it is not closed. */
export function interpolations(text: string): Range[] {
  const found: Range[] = [];
  for (let at = text.indexOf("${"); at >= 0; at = text.indexOf("${", at)) {
    if (text[at - 1] === "$") {
      at += 2;
      continue;
    }
    const to = closing(text, at + 2);
    found.push({ from: at + 2, to });
    at = to;
  }
  return found;
}

/** The expression that is open at the end of the text, or null. */
export function openExpression(text: string): string | null {
  const last = interpolations(text).at(-1);
  return last !== undefined && last.to === text.length ? text.slice(last.from) : null;
}

function closing(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const char = text[at]!;
    if (char === "'" || char === '"' || char === "`") at = quoteEnd(text, at);
    else if (char === "{") depth++;
    else if (char === "}" && depth-- === 0) return at;
  }
  return text.length;
}

function quoteEnd(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === text[from]) return at;
    else if (text[from] === "`" && text.startsWith("${", at)) at = closing(text, at + 2);
  }
  return text.length;
}
