// The plain text area as a place to edit in: line numbers, indenting, selecting and replacing lines.

export function plainArea(area, changed) {
    const gutter = document.querySelector(".c-gutter");

    function number() {
        const count = area.value.split("\n").length;
        if (Number(gutter.dataset.count) === count) return;
        gutter.dataset.count = count;
        gutter.textContent = Array.from({ length: count }, (_, index) => index + 1).join("\n");
        gutter.scrollTop = area.scrollTop;
    }

    function replaceSelection(text, start = area.selectionStart, end = area.selectionEnd) {
        area.setSelectionRange(start, end);
        // execCommand keeps the browser's own undo; setRangeText is for browsers without it.
        if (document.execCommand("insertText", false, text)) return;
        area.setRangeText(text, start, end, "end");
        area.dispatchEvent(new Event("input"));
    }

    function select(line, column) {
        const lines = area.value.split("\n");
        const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
        const text = lines[line - 1] ?? "";
        const units = [...text].slice(0, column - 1).join("").length;
        area.focus();
        area.setSelectionRange(start + units, start + text.length);
        area.scrollTop = Math.max(0, (line - 6) * parseFloat(getComputedStyle(area).lineHeight));
        area.scrollLeft = 0;
        area.scrollIntoView({ block: "nearest" });
    }

    function mend(line, was, by) {
        const lines = area.value.split("\n");
        const count = was.split("\n").length;
        const same = lines.flatMap((_, index) => (lines.slice(index, index + count).join("\n") === was ? [index + 1] : []));
        const found = same.includes(line) ? line : same.length === 1 ? same[0] : 0;
        if (found) {
            select(found, 1);
            replaceSelection(by, area.selectionStart, area.selectionStart + was.length);
        }
        return found > 0;
    }

    function indent(outwards) {
        const from = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
        const to = area.selectionEnd;
        const block = area.value.slice(from, to);
        if (!outwards && !block.slice(area.selectionStart - from).includes("\n")) return replaceSelection("  ");
        const moved = outwards ? block.replace(/^ {1,2}/gm, "") : block.replace(/^/gm, "  ");
        if (moved === block) return;
        replaceSelection(moved, from, to);
        area.setSelectionRange(from, from + moved.length);
    }

    let tabLeaves = false;
    area.addEventListener("keydown", (event) => {
        if (event.key === "Escape") {
            tabLeaves = true;
            return;
        }
        if (event.key === "Tab" && !tabLeaves && !area.readOnly && !event.ctrlKey && !event.altKey) {
            event.preventDefault();
            indent(event.shiftKey);
        }
        if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && !area.readOnly) {
            const line = area.value.slice(area.value.lastIndexOf("\n", area.selectionStart - 1) + 1, area.selectionStart);
            event.preventDefault();
            replaceSelection("\n" + line.match(/^ */)[0]);
        }
        if (event.key !== "Shift") tabLeaves = false;
    });
    area.addEventListener("input", () => {
        number();
        changed();
    });
    area.addEventListener("scroll", () => { gutter.scrollTop = area.scrollTop; });
    number();

    return { text: () => area.value, sync() {}, focus: () => area.focus(), select, mend, showProblems() {} };
}
