// Problems while the text is being written: the server's own check, asked a moment after each change.
const PAUSE = 400;
const place = document.getElementById("problems-place");
const state = document.getElementById("check-state");

export function startChecking(form, surface) {
    let timer = 0;
    let running = null;
    let took = 0;
    let checked = surface.text().split("\n");

    function later(pause = Math.max(PAUSE, took)) {
        running?.abort();
        clearTimeout(timer);
        timer = setTimeout(now, pause);
    }

    async function now() {
        clearTimeout(timer);
        running?.abort();
        const asking = (running = new AbortController());
        const text = surface.text();
        const started = performance.now();
        place.setAttribute("aria-busy", "true");
        try {
            const answer = await asked(text, asking.signal);
            took = performance.now() - started;
            if (answer) show(answer, text);
        } catch (error) {
            if (error.name !== "AbortError") state.textContent = "Not checked: the server cannot be reached.";
        } finally {
            if (running === asking) place.removeAttribute("aria-busy");
        }
    }

    async function asked(text, signal) {
        const headers = { "Content-Type": "text/plain", "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
        const answer = await fetch(form.dataset.problems, { method: "POST", body: text, headers, signal, redirect: "manual" });
        if (answer.ok) return answer.json();
        if (answer.status === 429) {
            const seconds = Number(answer.headers.get("Retry-After")) || 10;
            state.textContent = `Checked too often; checking goes on in ${seconds} seconds.`;
            later(seconds * 1000);
        } else state.textContent = "Not checked: you are signed out, or may not do this any more.";
        return null;
    }

    function show(answer, text) {
        checked = text.split("\n");
        state.textContent = "";
        renew(answer.html);
        surface.showProblems(answer.problems);
    }

    function mend(button) {
        const line = Number(button.dataset.at);
        const was = checked.slice(line - 1, line - 1 + Number(button.dataset.count)).join("\n");
        const done = surface.mend(line, was, button.dataset.mend);
        button.disabled = true;
        button.textContent = done ? "Mended" : "The line has changed";
        if (done) now();
    }

    place.addEventListener("click", (event) => {
        const link = event.target.closest("[data-line]");
        const button = event.target.closest("[data-mend]");
        if (link) {
            event.preventDefault();
            surface.select(Number(link.dataset.line), Number(link.dataset.column));
        }
        if (button) mend(button);
    });
    offerMends();
    surface.showProblems(problemsOf(place));
    if ("asked" in place.dataset) {
        for (const words of place.querySelectorAll("[data-checking]")) words.hidden = false;
        now();
    }
    return { changed: () => later(), now };
}

// The list anew, with what was unfolded still unfolded; nothing moves when nothing changed.
function renew(html) {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    for (const part of place.querySelectorAll("details[open]")) {
        fresh.content.querySelector(`details[data-fold="${part.dataset.fold}"]`)?.setAttribute("open", "");
    }
    place.replaceChildren(fresh.content);
    offerMends();
}

function offerMends() {
    for (const button of place.querySelectorAll("[data-mend]")) button.hidden = false;
}

// What the page came with, so that its problems are underlined before the first check.
function problemsOf(list) {
    return [...list.querySelectorAll(".c-problem")].flatMap((item) => {
        const { line, column } = item.querySelector("[data-line]")?.dataset ?? {};
        const severity = item.classList.contains("c-problem-error") ? "error" : "warning";
        const [message, ...hints] = [...item.querySelectorAll("p:not([data-instead])")].map((each) => each.textContent);
        const button = item.querySelector("[data-mend]");
        const mend = { mended: button?.dataset.mend ?? "", mendAt: Number(button?.dataset.at), mendCount: Number(button?.dataset.count) };
        return line ? [{ line: Number(line), column: Number(column), severity, message, hint: hints.join("\n"), ...mend }] : [];
    });
}
