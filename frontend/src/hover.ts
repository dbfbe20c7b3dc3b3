// What the pointer stays on, explained: fields by the schema, names of expressions, what a profile remembers.
import type { EditorState } from "@codemirror/state";
import { hoverTooltip, type Tooltip } from "@codemirror/view";
import { expressionAt, linesOf, outlineIn } from "./completion.ts";
import type { Vocabulary } from "./contract.ts";
import { headOf, placeAt } from "./place.ts";
import { choicesOf, schemaAt } from "./schema.ts";

const WORD = /[\w$]/;

export function hoverHelp(vocabulary: Promise<Vocabulary>) {
  return hoverTooltip(async (view, pos): Promise<Tooltip | null> => {
    const words = await vocabulary;
    if (pos > view.state.doc.length) return null;
    const line = view.state.doc.lineAt(pos);
    let [from, to] = [pos - line.from, pos - line.from];
    while (from > 0 && WORD.test(line.text[from - 1]!)) from--;
    while (to < line.text.length && WORD.test(line.text[to]!)) to++;
    const said = from === to ? [] : explain(view.state, words, line.number, from, to);
    if (said.length === 0) return null;
    return { pos: line.from + from, end: line.from + to, above: true, create: () => ({ dom: card(said) }) };
  });
}

/** What there is to say about the word from column `from` to `to` of a line: a title, and sentences. */
export function explain(state: EditorState, words: Vocabulary, number: number, from: number, to: number): string[] {
  const lines = linesOf(state.doc);
  const text = lines(number);
  const word = text.slice(from, to);
  const place = placeAt(lines, number, to);
  const expression = expressionAt(place);
  if (expression !== null) return inExpression(state, words, expression, word);
  const isKey = headOf(text).key === word && text.indexOf(word) === from;
  if (!isKey && place.key !== null) return [];
  const schema = schemaAt(words.schema, [...place.path, word]);
  if (schema?.description === undefined) return [];
  const choices = choicesOf(schema);
  return [
    word,
    schema.description,
    ...(choices.length > 0 ? [`One of: ${choices.join(", ")}.`] : []),
    ...(schema.default === undefined ? [] : [`Left out: ${String(schema.default)}.`]),
  ];
}

function inExpression(state: EditorState, words: Vocabulary, written: string, word: string): string[] {
  const chain = written.slice(0, written.length - word.length);
  if (/\bPROFILE\??\.$/.test(chain)) {
    const known = outlineIn(state).attributes.find((each) => each.name === word);
    return known ? [`PROFILE.${word}`, known.text] : [];
  }
  const owner = /([A-Za-z_$][\w$]*)\.$/.exec(chain)?.[1];
  const name = words.names.find((each) => each.name === (owner ? `${owner}.${word}` : word));
  const method = chain.endsWith(".") ? words.methods.find((each) => each.name === word) : undefined;
  const found = name ?? method;
  return found ? [found.form || found.name, found.text] : [];
}

function card(said: string[]): HTMLElement {
  const dom = document.createElement("div");
  dom.className = "c-hover";
  said.forEach((text, index) => {
    dom.append(Object.assign(document.createElement(index === 0 ? "strong" : "p"), { textContent: text }));
  });
  return dom;
}
