// The server's problems as underlined places, with the mend beside each.
import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import type { Text } from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import type { Problem } from "./contract.ts";

const TOKEN = /[\w$./-]+/y;
const MOST = 500; // more cannot be told apart, and each costs

export function showProblems(view: EditorView, problems: Problem[]): void {
  const shown = problems.slice(0, MOST).map((problem) => diagnostic(view.state.doc, problem));
  view.dispatch(setDiagnostics(view.state, shown));
}

/** The position of a line and a column in characters, both from 1. */
export function positionOf(doc: Text, line: number, column: number): number {
  const found = doc.line(Math.min(Math.max(line, 1), doc.lines));
  const units = [...found.text].slice(0, Math.max(column - 1, 0)).join("").length;
  return found.from + units;
}

/** Where the word that stands at a position ends; a line of spaces alone is one word. */
export function endOf(doc: Text, from: number): number {
  const line = doc.lineAt(from);
  TOKEN.lastIndex = from - line.from;
  const word = TOKEN.exec(line.text);
  return word ? from + word[0].length : Math.max(line.from + line.text.trimEnd().length, from);
}

function diagnostic(doc: Text, problem: Problem): Diagnostic {
  const from = positionOf(doc, problem.line, problem.column);
  return {
    from,
    to: endOf(doc, from),
    severity: problem.severity,
    message: problem.hint ? `${problem.message}\n${problem.hint}` : problem.message,
    actions: problem.mended ? [{ name: "Mend it", apply: mending(doc, problem) }] : [],
  };
}

/** Replaces what stood in the lines when they were checked, wherever it stands now. */
function mending(doc: Text, { line, mended, mendAt, mendCount }: Problem): (view: EditorView, at: number) => void {
  const was = linesOf(doc, mendAt, mendCount);
  return (view, at) => void mend(view, view.state.doc.lineAt(at).number + mendAt - line, was, mended);
}

function linesOf(doc: Text, first: number, count: number): string {
  const last = Math.min(first + count - 1, doc.lines);
  return first < 1 || first > doc.lines ? "" : doc.sliceString(doc.line(first).from, doc.line(last).to);
}

/** Replace the lines that read `was`, at `number` or at the one place that has them; the start of what came, or -1. */
export function mend(view: EditorView, number: number, was: string, by: string): number {
  const { doc } = view.state;
  const count = was.split("\n").length;
  const same: number[] = [];
  for (let at = 1; at <= doc.lines; at++) {
    if (was.startsWith(doc.line(at).text) && linesOf(doc, at, count) === was) same.push(at);
  }
  const found = same.includes(number) ? number : same.length === 1 ? same[0]! : 0;
  if (!found) return -1;
  const { from } = doc.line(found);
  view.dispatch({ changes: { from, to: from + was.length, insert: by }, userEvent: "input.mend" });
  return from + by.length - by.trimStart().length;
}
