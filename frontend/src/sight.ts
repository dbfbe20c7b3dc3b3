// The page's bar of buttons sticks to the lower edge of the window: the cursor is kept above it.
import { EditorView } from "@codemirror/view";

const GAP = 24;

export const keepAboveBar = EditorView.updateListener.of(({ view, selectionSet, docChanged }) => {
  if (!(selectionSet || docChanged) || !view.hasFocus) return;
  view.requestMeasure({
    key: keepAboveBar,
    read: () => {
      const bar = view.dom.closest("form")?.querySelector(".c-bar")?.getBoundingClientRect().top ?? Infinity;
      const cursor = view.coordsAtPos(view.state.selection.main.head)?.bottom ?? 0;
      return Math.min(cursor, view.dom.getBoundingClientRect().bottom) + GAP - bar;
    },
    write: (hidden) => {
      if (hidden > 0) window.scrollBy(0, hidden);
    },
  });
});
