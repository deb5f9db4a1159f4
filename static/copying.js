// Buttons that copy the text of another element.

export function offerCopying(root = document) {
  for (const button of root.querySelectorAll("button.copy")) button.hidden = false;
}

export function copyOnClick() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button.copy");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    if (await copy(source)) {
      const text = button.textContent;
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = text; }, 2_000);
    }
  });
}

async function copy(source) {
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    return true;
  } catch {
    // Browsers let only pages over HTTPS do it: what is selected can be copied by hand.
    getSelection().selectAllChildren(source);
    return false;
  }
}
