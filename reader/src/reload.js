// Keeps a page like its book: shows why the book cannot be rendered, and loads
// the page again when there is another, at the same place, with the same folds
// open.
(() => {
  const { book } = document.currentScript.dataset;
  const memory = `reload:${location.pathname}`;
  const blocks = "main :is(p, li, pre, td, summary, h1, h2, h3, h4, h5, h6)";

  // The smallest blocks that can be seen, by their texts. A text that is there
  // twice does not tell one place from another.
  const places = () => {
    const places = new Map();
    for (const block of document.querySelectorAll(blocks)) {
      const isSeen = block.getClientRects().length > 0;
      if (isSeen && !block.querySelector(blocks)) {
        const text = block.textContent.trim();
        places.set(text, places.has(text) ? undefined : block);
      }
    }
    return [...places].filter(([text, block]) => text && block);
  };

  // The folds, each with a name that edits elsewhere do not change.
  const folds = () => {
    const seen = {};
    return [...document.querySelectorAll("details")].map((fold) => {
      const text = fold.querySelector("summary")?.textContent.trim() ?? "";
      seen[text] = (seen[text] ?? 0) + 1;
      return [`${text} ${seen[text]}`, fold];
    });
  };

  const remember = () => {
    const distance = ({ top, bottom }) =>
      Math.max(0, -bottom, top - innerHeight);
    const near = places()
      .map(([text, block]) => [text, block.getBoundingClientRect()])
      .sort(([, one], [, other]) => distance(one) - distance(other))
      .slice(0, 50)
      .map(([text, { top }]) => [text, top]);
    const open = folds().map(([name, fold]) => [name, fold.open]);
    const state = { near, open, left: scrollX, top: scrollY };
    sessionStorage.setItem(memory, JSON.stringify(state));
    history.scrollRestoration = "manual";
  };

  const recall = () => {
    const state = JSON.parse(sessionStorage.getItem(memory));
    sessionStorage.removeItem(memory);
    if (!state) {
      return;
    }
    const open = new Map(state.open);
    for (const [name, fold] of folds()) {
      fold.open = open.get(name) ?? fold.open;
    }
    const there = new Map(places());
    const [text, top] = state.near.find(([text]) => there.has(text)) ?? [];
    const block = there.get(text);
    let isHeld = true;
    const hold = () => {
      if (isHeld) {
        scrollTo({
          left: state.left,
          top: block
            ? scrollY + block.getBoundingClientRect().top - top
            : state.top,
          behavior: "instant",
        });
      }
    };
    // The reader's hand goes first.
    for (const kind of ["wheel", "touchstart", "pointerdown", "keydown"]) {
      const letGo = () => (isHeld = false);
      addEventListener(kind, letGo, { once: true, passive: true });
    }
    hold();
    // Pictures and the address's own place move the page until here.
    addEventListener("load", () => {
      hold();
      requestAnimationFrame(() => {
        hold();
        isHeld = false;
        history.scrollRestoration = "auto";
      });
    });
  };

  // In px: the book has a root size of its own.
  const style = `
    :host { all: initial }
    section {
      position: fixed; inset: auto 16px 16px; z-index: 1000;
      box-sizing: border-box; max-width: 800px; max-height: 45vh;
      margin: 0 auto; padding: 12px 16px;
      display: flex; flex-direction: column; gap: 8px;
      font: 16px/1.4 system-ui, sans-serif;
      color: var(--fg, CanvasText); background: var(--bg, Canvas);
      border: 1px solid; border-left-width: 8px; border-radius: 4px;
      box-shadow: 0 4px 16px #0005;
    }
    header { display: flex; align-items: baseline; gap: 16px }
    p { margin: 0; flex: 1 }
    button {
      font: inherit; color: inherit; background: none; cursor: pointer;
      border: 1px solid; border-radius: 4px; padding: 2px 10px;
    }
    ol {
      margin: 0; padding: 0; overflow: auto; list-style: none;
      font: 14px/1.5 var(--mono-font, monospace);
      white-space: pre-wrap; overflow-wrap: anywhere;
    }
    li + li { margin-top: 6px }
    @media print { section { display: none } }`;

  let shown = null;
  let panel = null;

  const dismiss = () => {
    panel?.remove();
    panel = null;
  };

  const show = (problem) => {
    // What was dismissed comes back only if it is another.
    if (problem === shown) {
      return;
    }
    shown = problem;
    dismiss();
    const page = document.getElementById("problem");
    if (book === "" && page) {
      page.textContent = problem;
      return;
    }
    if (problem === null) {
      return;
    }
    panel = document.createElement("div");
    panel.setAttribute("role", "alert");
    const root = panel.attachShadow({ mode: "open" });
    root.innerHTML = `<style>${style}</style>
      <section aria-labelledby="title">
        <header>
          <p id="title">
            <strong>The book has problems.</strong>
            This page is as it was before.
          </p>
          <button type="button">Dismiss</button>
        </header>
        <ol tabindex="0" aria-label="Problems"></ol>
      </section>`;
    const list = root.querySelector("ol");
    for (const text of problem.split(/\n(?=\S.*?:\d+: )/)) {
      list.appendChild(document.createElement("li")).textContent = text;
    }
    root.querySelector("button").onclick = dismiss;
    document.body.append(panel);
  };

  // Before the search of the book, which takes every Escape for itself.
  const escape = (event) => {
    if (event.key === "Escape" && !event.target.closest?.("input")) {
      dismiss();
    }
  };
  document.addEventListener("keydown", escape, { capture: true });

  const hear = ({ data }) => {
    const news = JSON.parse(data);
    // A server that was started anew may have no book to show instead.
    if (news.book === book || news.book === "") {
      show(news.problem);
      return;
    }
    try {
      remember();
    } catch {
      // Without a memory the page is still to be loaded.
    }
    location.reload();
  };

  const connect = () => {
    const origin = location.origin.replace(/^http/, "ws");
    const socket = new WebSocket(`${origin}/__reload`);
    socket.onmessage = hear;
    socket.onclose = () => setTimeout(connect, 1000);
  };

  try {
    recall();
  } catch {
    // Nor is it to be kept from hearing of the next change.
  }
  connect();
})();
