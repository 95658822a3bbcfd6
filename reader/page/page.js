// What a page does besides being read. Everything here is an addition: without
// it, all of the page is there, in order, with its hidden lines shown.
//
// May run again on the same page, after a cell was replaced: each thing is
// done once.
(() => {
    "use strict";

    const page = document.documentElement;
    const main = document.querySelector("main");
    if (!main) return;

    const find = (selector) => [...main.querySelectorAll(selector)];

    // An element with its attributes and its text.
    const make = (name, attributes, text = "") => {
        const element = document.createElement(name);
        for (const key in attributes) element.setAttribute(key, attributes[key]);
        element.textContent = text;
        return element;
    };

    // ----------------------------------------------------------- The cells

    const copy = async (text) => {
        // No clipboard where a page comes over plain HTTP from elsewhere.
        if (navigator.clipboard) return navigator.clipboard.writeText(text);
        const area = make("textarea", { class: "only-heard" }, text);
        document.body.append(area);
        area.select();
        const done = document.execCommand("copy");
        area.remove();
        if (!done) throw new Error("the browser does not copy");
    };

    const heard = () => document.querySelector("body > .only-heard[role]")
        ?? document.body.appendChild(make("div", { class: "only-heard", role: "status" }));
    heard();

    const copyButton = (code) => {
        const button = make("button", { type: "button", class: "cell-button" }, "Copy");
        button.addEventListener("click", async () => {
            const focus = document.activeElement;
            // What is folded is not in `innerText`.
            const said = await copy(code.innerText.replace(/^\n+|\s+$/g, "") + "\n")
                .then(() => "Copied", () => "Not copied");
            focus?.focus();
            button.textContent = heard().textContent = said;
            setTimeout(() => {
                button.textContent = "Copy";
                heard().textContent = "";
            }, 2000);
        });
        return button;
    };

    const foldButton = (code) => {
        const hidden = [...code.querySelectorAll(".boring")]
            .map((lines) => lines.textContent).join("");
        const count = hidden.replace(/\n$/, "").split("\n").length;
        const label = `${count} hidden line${count === 1 ? "" : "s"}`;
        const button = make("button", { type: "button", class: "cell-button" });
        // mdBook folds by this class, too.
        const fold = (folded) => {
            code.classList.toggle("hide-boring", folded);
            button.setAttribute("aria-expanded", String(!folded));
            button.textContent = folded ? label : "Hide";
        };
        button.addEventListener("click", () => fold(button.ariaExpanded === "true"));
        fold(true);
        return button;
    };

    for (const cell of find(".cell, .excerpt")) {
        const head = cell.querySelector(".cell-head");
        const code = cell.querySelector(":scope > pre > code");
        if (!head || !code || head.querySelector(".cell-buttons")) continue;
        const buttons = head.appendChild(make("span", { class: "cell-buttons" }));
        if (code.querySelector(".boring")) buttons.append(foldButton(code));
        buttons.append(copyButton(code));
    }

    // ---------------------------------------------- What scrolls in itself

    // The keyboard reaches what is wider than its frame, and only that.
    const frames = "pre > code, .picture-frame, .equation, .table-wrapper";
    const name = (frame) => {
        const number = frame.closest(".cell, .picture, .equation")
            ?.querySelector(".cell-number, .picture-number, .equation-number")?.textContent;
        const kind = frame.matches(".cell-output code") ? "Output"
            : frame.matches("code") ? "Code"
                : frame.matches(".equation") ? "Equation"
                    : frame.matches(".table-wrapper") ? "Table" : "";
        return [kind, number].filter(Boolean).join(", ") || "Figure";
    };
    const widths = new ResizeObserver((entries) => {
        for (const { target: frame } of entries) {
            if (frame.scrollWidth > frame.clientWidth + 1) {
                frame.tabIndex = 0;
                frame.setAttribute("role", "group");
                frame.setAttribute("aria-label", name(frame));
            } else {
                for (const key of ["tabindex", "role", "aria-label"]) frame.removeAttribute(key);
            }
        }
    });
    for (const frame of find(frames)) widths.observe(frame);

    if (document.querySelector(".skip-link")) return;

    // mdBook turns the page by arrow keys. Not while they scroll a frame, nor
    // while they move the end of a selection.
    window.addEventListener("keydown", (event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        const busy = event.target.isContentEditable || event.target.closest?.(frames);
        if (busy || !getSelection().isCollapsed) event.stopPropagation();
    }, true);

    // ------------------------------------------------------ mdBook's frame

    main.tabIndex = -1;
    main.id ||= "page";
    document.body.prepend(make("a", { class: "skip-link", href: `#${main.id}` }, "Skip to the text"));

    // A label is no button: neither for the keyboard nor for the ear.
    const toggle = document.getElementById("mdbook-sidebar-toggle");
    toggle?.setAttribute("role", "button");
    toggle?.setAttribute("tabindex", "0");
    toggle?.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        toggle.click();
    });

    // Two looks. One saved by another book of this address becomes one of them.
    const dark = document.getElementById("mdbook-theme-navy");
    if (dark) dark.textContent = "Dark";
    for (const [other, ours] of [["rust", "light"], ["coal", "navy"], ["ayu", "navy"]]) {
        document.getElementById(`mdbook-theme-${other}`)?.parentElement.remove();
        try {
            if (localStorage.getItem("mdbook-theme") === other) localStorage.setItem("mdbook-theme", ours);
        } catch {
            // No storage: nothing was saved.
        }
    }

    // The links at the end say where they lead.
    const chapters = [...document.querySelectorAll("#mdbook-sidebar .chapter-item a[href]")];
    for (const link of document.querySelectorAll(".mobile-nav-chapters")) {
        const title = chapters.find((chapter) => chapter.href === link.href)?.textContent.trim();
        if (!title) continue;
        link.append(make("span", { class: "chapter-title" }, title.replace(/^[\d.]+\s*/, "")));
        link.setAttribute("aria-label", `${link.title}: ${title}`);
    }

    // By then mdBook has listed the page's headings (see the style sheet).
    document.addEventListener("DOMContentLoaded", () => page.setAttribute("data-dressed", ""));

    // Paper does not open.
    let opened = [];
    window.addEventListener("beforeprint", () => {
        opened = find("details:not([open])");
        for (const details of opened) details.open = true;
    });
    window.addEventListener("afterprint", () => {
        for (const details of opened) details.open = false;
        opened = [];
    });
})();
