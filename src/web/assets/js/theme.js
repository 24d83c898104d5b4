// The choice of light or dark, at once and without a new page; the cookie is the one that the server reads.
export function bindTheme() {
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-themes]");
    const theme = form && event.submitter?.value;
    if (!theme) return;
    event.preventDefault();
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    for (const button of form.querySelectorAll("[name=theme]")) {
      if (button === event.submitter) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    document.dispatchEvent(new Event("watchroom:theme"));
  });
}
