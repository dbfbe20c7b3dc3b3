// The secret part of the link stands behind "#", which browsers keep to themselves: it goes into the form, and with it to
// the server when the button is pressed. Without this script the link can be pasted.
const field = document.getElementById("link");

function take() {
    if (location.hash.length < 2) return;
    field.value = location.hash.slice(1);
    document.getElementById("link-field").hidden = true;
}

if (field) {
    take();
    addEventListener("hashchange", take);
}

document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    const words = button.textContent;
    try {
        await navigator.clipboard.writeText(source.textContent);
        button.textContent = "Copied";
    } catch {
        getSelection().selectAllChildren(source);
        button.textContent = "Press Ctrl+C";
    }
    setTimeout(() => { button.textContent = words; }, 2000);
});
