// A warning when somebody else saves the draft while it is open here.
const EVERY = 20_000;

export function watchOthers(form) {
    const note = document.getElementById("meanwhile");
    if (form.dataset.revision === undefined || !note) return;

    async function look() {
        if (document.hidden) return;
        try {
            const answer = await fetch(form.dataset.state, { redirect: "manual", headers: { Accept: "application/json" } });
            if (!answer.ok) return;
            const state = await answer.json();
            // Signing in again in another tab gave a new one.
            form.elements.csrfmiddlewaretoken.value = state.csrf;
            warn(state);
        } catch {
            // The next look comes by itself, and saving says so when the server is away.
        }
    }

    function warn(state) {
        if (state.revision <= Number(form.dataset.revision) || !note.hidden) return;
        const theirs = Object.assign(document.createElement("a"), { href: location.pathname, target: "_blank", rel: "noopener", textContent: "open theirs in another tab" });
        note.replaceChildren(`${state.by} saved this draft meanwhile (revision ${state.revision}). Yours is untouched; when you save it you will see what differs, and choose. Or `, theirs, ".");
        note.hidden = false;
    }

    setInterval(look, EVERY);
    window.addEventListener("focus", look);
    document.addEventListener("visibilitychange", look);
}
