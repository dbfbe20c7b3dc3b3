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
    actions: problem.mended ? [{ name: "Mend it", apply: (view, at) => replaceLine(view, at, problem.mended) }] : [],
  };
}

function replaceLine(view: EditorView, at: number, text: string): void {
  const line = view.state.doc.lineAt(at);
  view.dispatch({ changes: { from: line.from, to: line.to, insert: text }, userEvent: "input.mend" });
}
