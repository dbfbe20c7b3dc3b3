// What can stand at the cursor: fields and values by the language's schema, and names that the text defines.
import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  insertCompletionText,
  pickedCompletion,
} from "@codemirror/autocomplete";
import type { EditorState, Text } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import type { Schema, Vocabulary } from "./contract.ts";
import { expressionWords } from "./expression_words.ts";
import { openExpression } from "./interpolation.ts";
import { type Outline, outlineOf } from "./outline.ts";
import { type Lines, type Place, placeAt, siblings } from "./place.ts";
import { choicesOf, fieldsOf, isRequired, schemaAt, shapeOf } from "./schema.ts";

const outlines = new WeakMap<Text, Outline>();

export function linesOf(doc: Text): Lines {
  return (number) => doc.line(number).text;
}

export function outlineIn(state: EditorState): Outline {
  const known = outlines.get(state.doc);
  if (known) return known;
  const made = outlineOf(linesOf(state.doc), state.doc.lines);
  outlines.set(state.doc, made);
  return made;
}

export function completions(vocabulary: Promise<Vocabulary>) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const words = await vocabulary;
    if (context.aborted) return null;
    const line = context.state.doc.lineAt(context.pos);
    const before = line.text.slice(0, context.pos - line.from);
    if (/(^|\s)#/.test(before) && !/["'$]/.test(before)) return null;
    const place = placeAt(linesOf(context.state.doc), line.number, before.length);
    const expression = expressionAt(place);
    if (expression !== null) return expressionWords(context, expression, place, words, outlineIn(context.state));
    return place.key === null ? keys(context, place, words) : values(context, place, words);
  };
}

/** What is written so far of the expression at a place, or null where none stands. */
export function expressionAt(place: Place): string | null {
  const open = openExpression(place.written);
  if (open !== null) return open;
  const inCondition = place.key === "if" || (place.key === null && place.path.at(-1) === "if");
  return inCondition ? place.written.replace(/^["']/, "") : null;
}

function keys(context: CompletionContext, place: Place, words: Vocabulary): CompletionResult | null {
  if (/\s/.test(place.written) || (!context.explicit && place.written === "")) return null;
  const line = context.state.doc.lineAt(context.pos);
  const schema = schemaAt(words.schema, place.path);
  const doc = context.state.doc;
  const beside = place.flow ? new Map() : siblings(linesOf(doc), doc.lines, line.number, place.column);
  const options = [
    ...fieldsOf(schema, beside).map(([name, field], index) => keyOption(name, field, schema, place, index)),
    ...entries(context, place),
  ];
  return { from: context.pos - place.written.length, options, validFor: /^\w*$/ };
}

/** A list of plain names: the events of a rule, one entry a line. */
function entries(context: CompletionContext, place: Place): Completion[] {
  const isEvents = place.path.at(-1) === "-" && place.path.at(-2) === "event";
  return isEvents ? outlineIn(context.state).events.map((label) => ({ label, type: "constant" })) : [];
}

function keyOption(name: string, field: Schema, parent: Schema | null, place: Place, index: number): Completion {
  const shape = place.flow ? "value" : shapeOf(field);
  const inner = `\n${" ".repeat(place.column + 2)}`;
  const text = { list: `${name}:${inner}- `, mapping: `${name}:${inner}`, value: `${name}: ` }[shape];
  return {
    label: name,
    type: "property",
    detail: isRequired(parent, name) ? "required" : "",
    info: field.description ?? "",
    boost: -index,
    apply: (view: EditorView, completion: Completion, from: number, to: number) => {
      const followed = /^\s*:/.test(view.state.sliceDoc(to, view.state.doc.lineAt(to).to));
      view.dispatch({
        ...insertCompletionText(view.state, followed ? name : text, from, to),
        annotations: pickedCompletion.of(completion),
      });
    },
  };
}

function values(context: CompletionContext, place: Place, words: Vocabulary): CompletionResult | null {
  const from = context.pos - place.written.replace(/^["']/, "").length;
  const labels = valuesAt(place, words, outlineIn(context.state), schemaAt(words.schema, [...place.path, place.key!]));
  return labels.length > 0 ? { from, options: labels, validFor: /^[\w./ -]*$/ } : null;
}

function valuesAt(place: Place, words: Vocabulary, outline: Outline, schema: Schema | null): Completion[] {
  const section = place.path[0];
  const constants = (labels: string[]) => [...new Set(labels)].map((label) => ({ label, type: "constant" }));
  const key = place.path.includes("-") && place.path.at(-1) === "-" && place.key === null ? "" : place.key;
  if (key === "event" && section !== "tests") return constants(outline.events);
  if (section === "events" && key === "database") return constants(words.tables.map(([database]) => database));
  if (section === "events" && key === "table") {
    return words.tables.map(([database, label]) => ({ label, type: "constant", detail: database }));
  }
  if (key === "post") return constants(words.tables.map((table) => table.join("/")));
  if (section === "tokens" && key === "name") return constants(words.tokens);
  if (key === "value" || key === "increment") return [{ label: "${EVENT.…}", apply: "${EVENT.", type: "keyword" }];
  return constants(choicesOf(schema));
}
