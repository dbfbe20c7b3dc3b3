// The editor of a configuration in the place of a text area, which stays what the form sends.
import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { appearance } from "./appearance.ts";
import { completions } from "./completion.ts";
import type { Options, Surface, Vocabulary } from "./contract.ts";
import { endOf, mend, positionOf, showProblems } from "./diagnostics.ts";
import { hoverHelp } from "./hover.ts";
import { configurationLanguage } from "./language.ts";
import { keepAboveBar } from "./sight.ts";

const COPIED_AT_ONCE = 65_536; // a longer text is copied into the text area when the form is sent

/** Put an editor where the text area of `options` is, with its text. */
export function createEditor(options: Options): Surface {
  const { area } = options;
  const view = new EditorView({ doc: area.value, extensions: extensions(options) });
  const hadFocus = document.activeElement === area;
  area.hidden = true;
  area.after(view.dom);
  area.labels.forEach((label) => label.addEventListener("click", () => view.focus()));
  if (hadFocus) view.focus();
  return surface(view, area);
}

function surface(view: EditorView, area: HTMLTextAreaElement): Surface {
  return {
    text: () => view.state.doc.toString(),
    sync: () => void (area.value = view.state.doc.toString()),
    focus: () => view.focus(),
    select: (line, column) => select(view, positionOf(view.state.doc, line, column)),
    mend: (line, was, by) => mendAndSelect(view, line, was, by),
    showProblems: (problems) => showProblems(view, problems),
  };
}

function select(view: EditorView, from: number): void {
  view.focus();
  view.dispatch({
    selection: { anchor: from, head: endOf(view.state.doc, from) },
    effects: EditorView.scrollIntoView(from, { y: "center" }),
  });
  view.dom.scrollIntoView({ block: "nearest" });
}

function mendAndSelect(view: EditorView, number: number, was: string, by: string): boolean {
  const start = mend(view, number, was, by);
  if (start >= 0) select(view, start);
  return start >= 0;
}

function extensions({ area, vocabulary, changed }: Options): Extension {
  const words = once(vocabulary);
  return [
    lineNumbers(),
    foldGutter({ openText: "▾", closedText: "▸" }),
    lintGutter(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    drawSelection(),
    history(),
    indentUnit.of("  "),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    highlightSelectionMatches(),
    search({ top: true }),
    configurationLanguage(),
    autocompletion({ override: [completions(words)], activateOnCompletion: () => true, maxRenderedOptions: 10, icons: false }),
    hoverHelp(words),
    keymap.of([
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...lintKeymap.filter((binding) => binding.key === "F8"),
      ...defaultKeymap.filter((binding) => binding.key !== "Mod-Enter"),
      ...searchKeymap,
      ...historyKeymap,
      ...foldKeymap,
      indentWithTab,
    ]),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of(attributes(area)),
    EditorView.cspNonce.of(document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce ?? ""),
    EditorView.updateListener.of((update) => {
      if (!update.docChanged) return;
      if (update.state.doc.length < COPIED_AT_ONCE) area.value = update.state.doc.toString();
      changed();
    }),
    EditorState.readOnly.of(area.readOnly),
    keepAboveBar,
    appearance,
  ];
}

function attributes(area: HTMLTextAreaElement): Record<string, string> {
  const named = {
    "aria-label": area.dataset.label ?? "",
    "aria-describedby": area.getAttribute("aria-describedby") ?? "",
    "aria-readonly": area.readOnly ? "true" : "",
  };
  const given = Object.entries(named).filter(([, value]) => value !== "");
  return { ...Object.fromEntries(given), tabindex: "0", autocorrect: "off", autocapitalize: "off", spellcheck: "false" };
}

/** The vocabulary is asked for when it is first needed, and once. */
function once(ask: () => Promise<Vocabulary>): Promise<Vocabulary> {
  return new Promise((resolve) => {
    const start = () => ask().then(resolve, () => resolve(NONE));
    "requestIdleCallback" in window ? requestIdleCallback(start) : setTimeout(start, 200);
  });
}

const NONE: Vocabulary = { schema: {}, methods: [], names: [], tables: [], tokens: [], columns: [] };
