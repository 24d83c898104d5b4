// The choice of light or dark, at once and without a new page; the server remembers it in a cookie of its own.
export function bindTheme() {
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-themes]");
    const theme = form && event.submitter?.value;
    if (!theme) return;
    event.preventDefault();
    const body = new URLSearchParams({ theme, back: "/account" });
    // Where it leads to is this very page, so nothing of that is fetched; a hub that is away remembers nothing.
    fetch("/preferences", { method: "POST", body, redirect: "manual", keepalive: true }).catch(() => {});
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    for (const button of form.querySelectorAll("[name=theme]")) {
      if (button === event.submitter) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    document.dispatchEvent(new Event("watchroom:theme"));
  });
}
