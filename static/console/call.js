// Checks a call without leaving the page, so that the pasted line, which the server never repeats, stays to be changed.
// Without this script the form works all the same; only the line has to be pasted again.
const form = document.getElementById("call-form");

function show(page) {
    const shown = page.getElementById("result");
    document.getElementById("result").replaceWith(shown);
    for (const field of form.querySelectorAll("textarea, input:not([type=hidden])")) {
        const place = field.closest(".group");
        const came = page.getElementById(field.id)?.closest(".group");
        if (!place || !came) continue;
        const typed = field.value;
        place.replaceWith(came);
        document.getElementById(field.id).value = typed;
    }
    shown.focus({ preventScroll: true });
    (shown.querySelector("[role=status]") ?? shown).scrollIntoView({ block: "nearest" });  // what is said first
}

form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button[type=submit]");
    button.disabled = true;
    try {
        const answer = await fetch(location.pathname, { method: "POST", body: new FormData(form) });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        if (!page.getElementById("result")) throw new Error("another page came");
        show(page);
    } catch {
        form.submit();
    } finally {
        button.disabled = false;
    }
});
