// The content security policy refuses a stylesheet that a script writes into the page.
if (globalThis.htmx) htmx.config.includeIndicatorStyles = false;

// Copy buttons: `data-copy` names the element whose text is copied. Without a script they do nothing, and the text can be selected.
document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    const words = button.textContent;
    try {
        await navigator.clipboard.writeText(source.value ?? source.textContent);
        button.textContent = "Copied";
    } catch {
        getSelection().selectAllChildren(source);
        button.textContent = "Press Ctrl+C";
    }
    setTimeout(() => { button.textContent = words; }, 2000);
});

// On a narrow screen the tabs scroll sideways: begin with the open one in the middle.
addEventListener("DOMContentLoaded", () => {
    const open = document.querySelector(".c-tabs [aria-current]");
    if (!open) return;
    const row = open.parentElement;
    const hidden = open.getBoundingClientRect().left - row.getBoundingClientRect().left;
    row.scrollLeft += hidden - (row.clientWidth - open.offsetWidth) / 2;
});

// A browser may let go of `autofocus` while stylesheets are still on their way.
addEventListener("load", () => {
    if (document.activeElement === document.body) document.querySelector("[autofocus]")?.focus();
});

// The frame's own menus are plain elements that only a mouse can open: make buttons of them for the keyboard.
const NAMES = { dock_to_right: "Show or hide the menu", close: "Close the menu" };

function makeButton(element) {
    const words = element.textContent.trim();
    element.tabIndex = 0;
    element.setAttribute("role", "button");
    if (NAMES[words]) element.setAttribute("aria-label", NAMES[words]);
    element.addEventListener("keydown", (event) => {
        if (event.target !== element || !["Enter", " "].includes(event.key)) return;
        event.preventDefault();
        element.click();
    });
}

document.addEventListener("DOMContentLoaded", () => {
    const plain = ["span", "div", "a:not([href])"].map((tag) => `${tag}[x-on\\:click]`).join(", ");
    for (const element of document.querySelectorAll(plain)) {
        if (element.textContent.trim() && !element.querySelector("a[href], button, input, select, form")) makeButton(element);
    }
});

const pause = (seconds) => new Promise((resolve) => { setTimeout(resolve, seconds * 1000); });

// Often at first, then seldom; not at all while nobody looks, and not for ever.
async function* looks(every) {
    const start = Date.now();
    while (Date.now() < start + 30 * 60_000) {
        await pause(Date.now() < start + 60_000 ? every : Math.max(every, 10));
        if (!document.hidden) yield;
    }
}

// Where a page says on how many processes the live version is: asked again until it is on all of them.
async function followLiveOn(element) {
    for await (const _ of looks(1)) {
        const answer = await fetch(element.dataset.liveOn, { headers: { Accept: "application/json" } }).catch(() => null);
        if (!answer) continue;
        if (!answer.ok || answer.redirected) return;
        const { text, done } = await answer.json();
        if (element.textContent !== text) element.textContent = text;
        if (done) return;
    }
}

document.addEventListener("DOMContentLoaded", () => {
    for (const element of document.querySelectorAll("[data-live-on]")) followLiveOn(element);
});

// What could not be fetched is asked for again where it stands.
document.addEventListener("click", (event) => {
    const part = event.target.closest("[data-again]")?.closest("[data-part]");
    if (!part) return;
    event.preventDefault();
    loadPart(part);
});

// A part of a page that takes a while is fetched after the rest; without a script there is a link to it.
async function fetchPart(element) {
    const answer = await fetch(element.dataset.part).catch(() => null);
    const isPart = answer && !answer.redirected && (answer.ok || [409, 422, 503].includes(answer.status));
    return isPart ? await answer.text() : "";
}

async function loadPart(element) {
    const link = element.innerHTML;
    element.textContent = element.dataset.waiting ?? "One moment…";
    element.setAttribute("aria-busy", "true");
    let shown = await fetchPart(element);
    element.innerHTML = shown || link;
    element.removeAttribute("aria-busy");
    if (!element.dataset.every) return;
    for await (const _ of looks(Number(element.dataset.every))) {
        const fresh = await fetchPart(element);
        const isInUse = element.contains(document.activeElement) || (!getSelection().isCollapsed && element.contains(getSelection().anchorNode));
        if (!fresh || fresh === shown || isInUse) continue;
        element.innerHTML = shown = fresh;
    }
}

document.addEventListener("DOMContentLoaded", () => {
    for (const element of document.querySelectorAll("[data-part]")) loadPart(element);
});
