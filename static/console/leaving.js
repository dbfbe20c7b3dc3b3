// Nothing that was typed gets lost: sending only while signed in, and a question before the page is left.

export function guardLeaving(form, surface, area) {
    const initial = "unsaved" in form.dataset ? null : area.defaultValue;
    let leaving = false;

    const isDirty = () => !area.readOnly && form.dataset.state !== undefined && surface.text() !== initial;

    async function isSignedIn() {
        if (form.dataset.state === undefined) return true;
        try {
            const answer = await fetch(form.dataset.state, { redirect: "manual", headers: { Accept: "application/json" } });
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
        surface.sync();
        if (leaving) return;
        event.preventDefault();
        const button = event.submitter;
        const question = button?.dataset.replaces;
        if (question && isDirty() && initial !== null && !confirm(question)) return;
        if (!(await isSignedIn())) return explainSignedOut();
        leaving = true;
        form.requestSubmit(button);
    });
    window.addEventListener("beforeunload", (event) => {
        if (isDirty() && !leaving) event.preventDefault();
    });
    window.addEventListener("pageshow", () => { leaving = false; });
}
