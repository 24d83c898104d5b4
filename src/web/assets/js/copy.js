// Copy buttons. Where the clipboard may not be used, the text is selected instead.
export function bindCopy() {
  document.addEventListener("click", async ({ target }) => {
    const button = target.closest?.("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      const code = button.parentElement.querySelector("code");
      if (code) getSelection().selectAllChildren(code);
      return;
    }
    const text = button.querySelector("[data-copy-text]");
    const before = (button.dataset.before ??= text.textContent);
    text.textContent = button.dataset.done;
    setTimeout(() => { text.textContent = before; }, 1600);
  });
}
