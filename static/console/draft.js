// The page where a configuration is written: an editor, its problems, its keys. Without this script, plain forms do all.
import { startChecking } from "./checking.js";
import { guardLeaving } from "./leaving.js";
import { watchOthers } from "./meanwhile.js";
import { plainArea } from "./plain_area.js";

const form = document.getElementById("draft-form");
const area = document.getElementById("text");
let checking = null;

// The frame's own script looks for a text field beside every file field, unless it believes to have been there.
const file = document.getElementById("file");
if (file) file.hasChangeListener = true;

async function vocabulary() {
    const answer = await fetch(form.dataset.words, { headers: { Accept: "application/json" } });
    return answer.json();
}

async function openEditor() {
    const changed = () => checking?.changed();
    if (!form.dataset.editor) return plainArea(area, changed);
    try {
        const { createEditor } = await import(form.dataset.editor);
        const editor = createEditor({ area, vocabulary, changed });
        document.querySelector(".c-gutter").hidden = true;
        for (const element of document.querySelectorAll("[data-rich]")) element.hidden = false;
        return editor;
    } catch (error) {
        console.warn("The editor did not load; the plain text area stays.", error);
        return plainArea(area, changed);
    }
}

const surface = await openEditor();
guardLeaving(form, surface, area);
checking = startChecking(form, surface);
watchOthers(form);

const keys = { s: "save", Enter: "check" };
document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    const button = event.key === "Enter" && event.shiftKey ? "push" : keys[event.key];
    if (!button) return;
    event.preventDefault();
    document.getElementById(button)?.click();
}, true);

document.getElementById("check")?.addEventListener("click", async (event) => {
    event.preventDefault();
    await checking.now();
    const place = document.getElementById("problems-place");
    place.scrollIntoView({ block: "nearest" });
    document.getElementById("check-state").textContent = "Checked; nothing is stored by that.";
});

if (form.dataset.go) surface.select(Number(form.dataset.go), 1);
document.documentElement.dataset.editor = form.dataset.editor && area.hidden ? "built" : "plain";
