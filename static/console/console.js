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

// Where a page says on how many processes the live version is: asked again until it is on all of them.
async function followLiveOn(element) {
    const stop = Date.now() + 60_000;
    while (Date.now() < stop) {
        await new Promise((resolve) => { setTimeout(resolve, 1000); });
        const answer = await fetch(element.dataset.liveOn, { headers: { Accept: "application/json" } }).catch(() => null);
        if (!answer?.ok || answer.redirected) return;
        const { text, done } = await answer.json();
        if (element.textContent !== text) element.textContent = text;
        if (done) return;
    }
}

document.addEventListener("DOMContentLoaded", () => {
    for (const element of document.querySelectorAll("[data-live-on]")) followLiveOn(element);
});

// A part of a page that takes a while is fetched after the rest; without a script there is a link to it.
async function loadPart(element) {
    const link = element.innerHTML;
    element.textContent = "Replaying the last events…";
    element.setAttribute("aria-busy", "true");
    const answer = await fetch(element.dataset.part).catch(() => null);
    const isPart = answer && !answer.redirected && (answer.ok || [409, 422, 503].includes(answer.status));
    element.innerHTML = isPart ? await answer.text() : link;
    element.removeAttribute("aria-busy");
}

document.addEventListener("DOMContentLoaded", () => {
    for (const element of document.querySelectorAll("[data-part]")) loadPart(element);
});
