// The editor in the console's colours, which its stylesheet sets for light and dark.
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const colours = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.attributeName], color: "var(--c-code-key)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--c-code-text)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--c-code-number)" },
  { tag: [tags.keyword, tags.operator, tags.operatorKeyword], color: "var(--c-code-keyword)" },
  { tag: [tags.variableName], color: "var(--c-code-name)", fontWeight: "600" },
  { tag: [tags.propertyName, tags.function(tags.propertyName)], color: "var(--c-code-name)" },
  { tag: [tags.comment, tags.meta], color: "var(--c-code-comment)", fontStyle: "italic" },
]);

const frame = EditorView.theme({
  "&": { color: "var(--c-strong)", backgroundColor: "var(--c-card)", height: "100%", width: "100%", fontSize: "13px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "inherit", lineHeight: "20px" },
  ".cm-content": { caretColor: "var(--c-strong)", padding: "8px 0 48px" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--c-strong)", borderLeftWidth: "2px" },
  ".cm-gutters": { backgroundColor: "var(--c-soft)", color: "var(--c-muted)", borderRight: "1px solid var(--c-line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--c-code-line)" },
  ".cm-activeLineGutter": { color: "var(--c-strong)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--c-code-selection)",
  },
  ".cm-searchMatch": { backgroundColor: "var(--c-code-found)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--c-code-found)", outline: "2px solid var(--c-link)" },
  ".cm-selectionMatch": { backgroundColor: "var(--c-code-line)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": { backgroundColor: "var(--c-code-selection)" },
  ".cm-foldPlaceholder": { backgroundColor: "var(--c-soft)", border: "1px solid var(--c-line)", color: "var(--c-text)" },
  ".cm-tooltip": { backgroundColor: "var(--c-card)", border: "1px solid var(--c-line)", color: "var(--c-text)" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { maxHeight: "none", fontFamily: "inherit" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": { backgroundColor: "var(--color-primary-700)", color: "#fff" },
  ".cm-tooltip-autocomplete > ul > li[aria-selected] .cm-completionDetail": { color: "#fff" },
  ".cm-completionDetail": { color: "var(--c-muted)" },
  ".cm-completionInfo, .c-hover": { maxWidth: "26rem", padding: ".4rem .6rem", whiteSpace: "pre-wrap", lineHeight: "1.5" },
  ".cm-panel.cm-search input, .cm-panel.cm-search button, .cm-panel.cm-search label": { fontSize: "13px" },
  ".cm-panels": { backgroundColor: "var(--c-soft)", color: "var(--c-text)" },
  ".cm-panels-bottom, .cm-panels-top": { borderColor: "var(--c-line)" },
  ".cm-textfield": { backgroundColor: "var(--c-card)", border: "1px solid var(--c-line)", color: "var(--c-strong)" },
  ".cm-button": { backgroundImage: "none", backgroundColor: "var(--c-card)", border: "1px solid var(--c-line)", minHeight: "24px" },
  ".cm-panel.cm-search [name=close]": { color: "var(--c-text)", minHeight: "24px", minWidth: "24px" },
  ".cm-diagnostic": { borderLeftWidth: "4px", whiteSpace: "pre-wrap", maxWidth: "32rem" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--c-bad)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--c-warn)" },
  ".cm-diagnosticAction": { backgroundColor: "var(--color-primary-700)", color: "#fff", padding: "3px 8px" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--c-bad)", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--c-warn)", textUnderlineOffset: "3px" },
});

export const appearance = [frame, syntaxHighlighting(colours)];
