// The draft's text area: line numbers, keys, problems that lead to their place, and guards against losing text.
// Without this script the page does all its work by plain forms.
const form = document.getElementById("draft-form");
const area = document.getElementById("text");
const gutter = document.querySelector(".c-gutter");
const initial = "unsaved" in form.dataset ? null : area.value;
let leaving = false;

function number() {
    const count = area.value.split("\n").length;
    if (Number(gutter.dataset.count) === count) return;
    gutter.dataset.count = count;
    gutter.textContent = Array.from({ length: count }, (_, index) => index + 1).join("\n");
    gutter.scrollTop = area.scrollTop;
}

function isDirty() {
    return area.value !== initial && !area.readOnly;
}

function replaceSelection(text, start = area.selectionStart, end = area.selectionEnd) {
    area.setSelectionRange(start, end);
    // execCommand keeps the browser's own undo; setRangeText is for browsers without it.
    if (!document.execCommand("insertText", false, text)) area.setRangeText(text, start, end, "end");
    number();
}

function goTo(line, column) {
    const lines = area.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
    const text = lines[line - 1] ?? "";
    area.focus();
    area.setSelectionRange(start + Math.min(column - 1, text.length), start + text.length);
    const height = parseFloat(getComputedStyle(area).lineHeight);
    area.scrollTop = Math.max(0, (line - 6) * height);
    area.scrollLeft = 0;
    area.scrollIntoView({ block: "nearest" });
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

document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    const button = { s: "save", Enter: "check" }[event.key];
    if (!button) return;
    event.preventDefault();
    document.getElementById(button)?.click();
});

document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-line]");
    if (!link) return;
    event.preventDefault();
    goTo(Number(link.dataset.line), Number(link.dataset.column));
});

// "Mend it" puts the mended line in the place of the checked one, wherever that has moved since.
const checked = area.defaultValue.split("\n");

function placeOf(line) {
    const lines = area.value.split("\n");
    if (lines[line - 1] === checked[line - 1]) return line;
    const same = lines.flatMap((text, index) => (text === checked[line - 1] ? [index + 1] : []));
    return same.length === 1 ? same[0] : 0;
}

function mend(button) {
    const line = placeOf(Number(button.dataset.at));
    button.disabled = true;
    button.textContent = line ? "Mended; check again" : "The line has changed; check again";
    if (!line) return;
    goTo(line, 1);
    replaceSelection(button.dataset.mend);
}

for (const button of document.querySelectorAll("[data-mend]")) {
    button.hidden = false;
    button.addEventListener("click", () => mend(button));
}

async function isSignedIn() {
    try {
        const answer = await fetch(form.dataset.alive, { redirect: "manual", headers: { Accept: "application/json" } });
        if (!answer.ok) return false;
        form.elements.csrfmiddlewaretoken.value = (await answer.json()).csrf;
        return true;
    } catch {
        return false;
    }
}

function explainSignedOut() {
    const note = document.getElementById("signed-out");
    const login = Object.assign(document.createElement("a"), { href: form.dataset.login, target: "_blank", textContent: "sign in in another tab" });
    note.replaceChildren("Not sent: you are signed out, or the server cannot be reached. What you typed is still here: ", login, ", then press the button again.");
    note.hidden = false;
    note.scrollIntoView({ block: "center" });
}

form.addEventListener("submit", async (event) => {
    if (leaving) return;
    event.preventDefault();
    const button = event.submitter;
    if (button?.id === "load" && isDirty() && initial !== null && !confirm("Replace what you typed by the file?")) return;
    if (!(await isSignedIn())) return explainSignedOut();
    leaving = true;
    form.requestSubmit(button);
});

window.addEventListener("beforeunload", (event) => {
    if (isDirty() && !leaving) event.preventDefault();
});
window.addEventListener("pageshow", () => { leaving = false; });

area.addEventListener("input", number);
area.addEventListener("scroll", () => { gutter.scrollTop = area.scrollTop; });
number();
if (form.dataset.go) goTo(Number(form.dataset.go), 1);
