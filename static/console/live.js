// Renews a list while its page is looked at: what its form asks for, fetched again. Stops by itself after a while.
const button = document.getElementById("live-button");
const note = document.getElementById("live-note");
const form = document.getElementById("events-form");

if (button) {
    const every = Number(button.dataset.every) * 1000;
    let left = Number(button.dataset.most);
    let running = form.dataset.paused === undefined;

    function show() {
        button.textContent = running ? "Pause" : "Follow";
        button.setAttribute("aria-pressed", String(!running));
        note.textContent = running ? `renewed every ${button.dataset.every} seconds` : "paused";
    }

    function isBusy() {
        // Whoever reads a row with the keyboard, selects text or types keeps what is there.
        const active = document.activeElement;
        return document.hidden || form.contains(active) || document.getElementById("live-part").contains(active) || !getSelection().isCollapsed;
    }

    async function renew() {
        if (!running || isBusy()) return;
        left -= 1;
        try {
            const data = new FormData(form);
            const isPost = form.method === "post";
            const query = isPost ? "" : `?${new URLSearchParams(data)}`;
            const headers = { "X-Asked-By": "page" };  // nobody pressed anything: it keeps nobody signed in
            const answer = await fetch(location.pathname + query, isPost ? { method: "POST", body: data, headers } : { redirect: "manual", headers });
            const page = new DOMParser().parseFromString(await answer.text(), "text/html");
            const came = page.getElementById("live-part");
            if (!(answer.ok || answer.status === 503) || !came) throw new Error("another page came");
            if (running && !isBusy()) document.getElementById("live-part").replaceWith(came);
        } catch {
            left = 0;
        }
        if (left <= 0) {
            running = false;
            show();
            left = Number(button.dataset.most);
        }
    }

    button.hidden = false;
    button.addEventListener("click", () => {
        running = !running;
        show();
        renew();
    });
    show();
    setInterval(renew, every);
}
