// What can stand in an expression: names, what a profile remembers, columns, and the methods of a value's kind.
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { Vocabulary } from "./contract.ts";
import type { Attribute, Outline } from "./outline.ts";
import type { Place } from "./place.ts";

const TAIL = /([A-Za-z_$][\w$]*)?$/;
const ITEM = /(?:\]|\.(?:at|find|findLast)\([^()]*\))\??\.$/;
const KINDS: Record<string, string[]> = { list: ["list"], counter: ["number"], single: ["text", "number"] };

export function expressionWords(
  context: CompletionContext,
  written: string,
  place: Place,
  words: Vocabulary,
  outline: Outline,
): CompletionResult | null {
  const tail = TAIL.exec(written)![0];
  const chain = written.slice(0, written.length - tail.length);
  if (insideText(chain) || (!tail && !chain.endsWith(".") && !context.explicit)) return null;
  const options = chain.endsWith(".") ? members(chain, words, outline) : names(place, words);
  return { from: context.pos - tail.length, options, validFor: /^[\w$]*$/ };
}

/** Whether the end of the text is inside a literal in quotes. */
function insideText(text: string): boolean {
  return text.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, "").search(/['"]/) >= 0;
}

function names(place: Place, words: Vocabulary): Completion[] {
  const roots = words.names.filter((word) => !word.name.includes("."));
  const inHeaders = place.path.includes("headers") || place.key === "headers";
  return roots
    .filter((word) => word.name !== "SECRET" || inHeaders)
    .map((word) => ({ label: word.name, type: "variable", detail: word.form, info: word.text }));
}

function members(chain: string, words: Vocabulary, outline: Outline): Completion[] {
  const owner = /([A-Za-z_$][\w$]*)\??\.$/.exec(chain)?.[1] ?? "";
  const isRoot = !/[\w$)\]]\??\.[A-Za-z_$][\w$]*\??\.$/.test(chain);
  if (isRoot && owner === "PROFILE") return profile(outline);
  if (isRoot && owner === "EVENT") return columns(words, outline);
  const own = words.names.filter((word) => isRoot && word.name.startsWith(`${owner}.`));
  if (own.length > 0) {
    return own.map((word) => ({
      label: word.name.slice(owner.length + 1),
      type: "function",
      detail: word.form,
      info: word.text,
    }));
  }
  return methods(chain, words, outline);
}

function profile(outline: Outline): Completion[] {
  const attributes = outline.attributes.map((each) => ({
    label: each.name,
    type: "property",
    detail: each.type,
    info: each.text,
    boost: 1,
  }));
  return [...attributes, ...outline.keys.map((label) => ({ label, type: "property", detail: "key" }))];
}

function columns(words: Vocabulary, outline: Outline): Completion[] {
  const seen = new Set(words.columns);
  const all = new Set([...words.columns, ...outline.keys, ...outline.columns]);
  return [...all].map((label) => ({ label, type: "property", detail: seen.has(label) ? "seen lately" : "" }));
}

function methods(chain: string, words: Vocabulary, outline: Outline): Completion[] {
  const attribute = /\bPROFILE\??\.(\w+)\??\.$/.exec(chain)?.[1];
  const known: Attribute | undefined = outline.attributes.find((each) => each.name === attribute);
  const kinds = known ? KINDS[known.type] : undefined;
  const all = words.methods.filter((word) => !kinds || word.of.some((kind) => kinds.includes(kind)));
  const fitting = [...new Map(all.toReversed().map((word) => [word.name, word])).values()];
  const item = ITEM.test(chain) ? ["value", "time"].map((label) => ({ label, type: "property", boost: 2 })) : [];
  return [
    ...item,
    ...fitting.map((word) => ({ label: word.name, type: "method", detail: word.form, info: word.text })),
  ];
}
