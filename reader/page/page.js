// What a page does besides being read. Everything here is an addition: without
// it, all of the page is there, in order, with its hidden lines shown.
//
// May run again on the same page, after a cell was replaced: each thing is
// done once.
(() => {
    "use strict";

    const main = document.querySelector("main");
    if (!main) return;

    const find = (selector) => [...main.querySelectorAll(selector)];

    const make = (name, attributes, text = "") => {
        const element = document.createElement(name);
        for (const [key, value] of Object.entries(attributes))
            element.setAttribute(key, value);
        element.textContent = text;
        return element;
    };

    // What it says is read aloud, once the present sentence has ended.
    const heard = document.querySelector("body > .only-heard")
        ?? make("div", { class: "only-heard", role: "status" });
    document.body.append(heard);

    // Cells: "Copy" and "3 hidden lines".

    const copy = async (text) => {
        // There is none where a page comes over plain HTTP from elsewhere.
        if (navigator.clipboard) return navigator.clipboard.writeText(text);
        const focus = document.activeElement;
        const area = make("textarea", { class: "only-heard" }, text);
        document.body.append(area);
        area.select();
        const done = document.execCommand("copy");
        area.remove();
        focus.focus();
        if (!done) throw new Error("the browser does not copy");
    };

    const button = (text, click) => {
        const made = make("button", { type: "button", class: "cell-button" });
        made.textContent = text;
        made.addEventListener("click", click);
        return made;
    };

    const copyButton = (code) => button("Copy", async ({ currentTarget }) => {
        // What is folded is not in `innerText`; of a cell that is folded whole,
        // nothing is. One that its reader has changed tells by itself.
        const lines = code.shown?.()
            ?? (code.innerText.trim() ? code.innerText : code.textContent);
        const text = lines.replace(/^\n+|\s+$/g, "") + "\n";
        const said = await copy(text).then(() => "Copied", () => "Not copied");
        currentTarget.textContent = heard.textContent = said;
        setTimeout(() => {
            currentTarget.textContent = "Copy";
            heard.textContent = "";
        }, 2000);
    });

    const foldButton = (code, lines) => {
        const count = lines.replace(/\n$/, "").split("\n").length;
        const show = `${count} hidden line${count === 1 ? "" : "s"}`;
        // mdBook folds by this class, too.
        const made = button(show, () => {
            const folded = code.classList.toggle("hide-boring");
            made.setAttribute("aria-expanded", !folded);
            made.textContent = folded ? show : "Hide";
        });
        code.classList.add("hide-boring");
        made.setAttribute("aria-expanded", false);
        return made;
    };

    // On paper, what has many lines may go on overleaf. A picture is as high as
    // some twenty of them.
    const isLong = (frame) => {
        let lines = 20 * frame.querySelectorAll(".picture").length;
        for (const code of frame.querySelectorAll("pre > code")) {
            const seen = code.cloneNode(true);
            for (const part of seen.querySelectorAll(".boring")) part.remove();
            lines += seen.textContent.trim().split("\n").length;
        }
        return lines > 28;
    };

    for (const frame of find(".cell, .excerpt")) {
        frame.classList.toggle("long", isLong(frame));
    }

    // And what leads to something stays with it: a colon does, or a few words.
    const shows = ".program, .cell, .excerpt, .picture, .table-wrapper, pre";
    for (const text of find("p")) {
        const words = text.textContent.trim();
        const isShort = words.length < 160
            && text.nextElementSibling?.matches(shows);
        if (words.endsWith(":") || isShort) text.classList.add("lead");
    }

    for (const head of find(".cell > .cell-head, .excerpt > .cell-head")) {
        const code = head.parentElement.querySelector(":scope > pre > code");
        if (!code || head.querySelector(".cell-buttons")) continue;
        const buttons = make("span", { class: "cell-buttons" });
        const hidden = [...code.querySelectorAll(".boring")];
        const lines = hidden.map((part) => part.textContent).join("");
        if (lines) buttons.append(foldButton(code, lines));
        buttons.append(copyButton(code));
        head.append(buttons);
    }

    // A long name may go on in the next line where one of its words ends. Not
    // where the reader looks already: what is there does not move.

    const isBelow = (code) => {
        const block = code.closest("p, li, dd") ?? code;
        return block.getBoundingClientRect().top > innerHeight;
    };
    const long = find(":is(p, li, dd) code").filter((code) =>
        code.textContent.length > 20 && !code.childElementCount
            && !code.closest("pre, table") && isBelow(code));
    for (const code of long) {
        const [first, ...words] =
            code.textContent.split(/(?<=[/_]|::)(?=\w)/);
        const more = words.flatMap((word) => [make("wbr", {}), word]);
        code.replaceChildren(first, ...more);
    }

    // What is wider than its frame, and only that, the keyboard can scroll. On
    // which sides there is more of it, the style sheet shows.

    const frames = "pre > code, .picture-frame, .equation, .table-wrapper";
    const name = (frame) => {
        const numbered = frame.closest(".cell, .picture, .equation");
        const number = numbered?.querySelector("[class$=-number]")?.textContent;
        if (frame.matches(".picture-frame")) return number ?? "Figure";
        const kind = frame.matches(".equation") ? "Equation"
            : frame.matches(".table-wrapper") ? "Table"
                : frame.closest(".cell-output") ? "Output" : "Code";
        return number ? `${kind}, ${number}` : kind;
    };
    const tellMore = (frame) => {
        const before = frame.scrollLeft;
        const after = frame.scrollWidth - frame.clientWidth - before;
        const more = [before > 1 && "before", after > 1 && "after"];
        const sides = more.filter(Boolean).join(" ");
        if (sides) frame.dataset.more = sides;
        else delete frame.dataset.more;
    };
    const widths = new ResizeObserver((changes) => {
        for (const { target: frame } of changes) {
            const scrolls = frame.scrollWidth > frame.clientWidth;
            const label = name(frame);
            const marks = { tabindex: 0, role: "group", "aria-label": label };
            for (const [key, value] of Object.entries(marks)) {
                if (scrolls) frame.setAttribute(key, value);
                else frame.removeAttribute(key);
            }
            tellMore(frame);
        }
    });
    for (const frame of find(frames)) widths.observe(frame);

    // Another frame has come.
    main.addEventListener("frame", ({ target }) => widths.observe(target));

    if (document.querySelector(".skip-link")) return;

    const passive = { capture: true, passive: true };
    main.addEventListener("scroll", ({ target }) => {
        if (target.matches?.(frames)) tellMore(target);
    }, passive);

    // mdBook turns the page by arrow keys. Not while they scroll a frame, nor
    // while they move the end of a selection. An editor keeps them to itself.
    window.addEventListener("keydown", (event) => {
        if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
        if (event.target.isContentEditable) return;
        const inside = event.target.closest?.(frames);
        if (inside || !getSelection().isCollapsed) event.stopPropagation();
    }, true);

    // mdBook's frame: a way past the menus; a sidebar for the keyboard, to
    // which a label is no button; names for the links at the end.

    main.tabIndex = -1;
    main.id ||= "page-text";
    const skip = { class: "skip-link", href: `#${main.id}` };
    document.body.prepend(make("a", skip, "Skip to the text"));

    document.getElementById("mdbook-menu-bar")?.setAttribute("role", "banner");

    const label = document.getElementById("mdbook-sidebar-toggle");
    if (label) {
        const toggle = make("button", {
            type: "button",
            id: "sidebar-toggle",
            class: label.className,
            title: label.title,
            "aria-label": label.getAttribute("aria-label"),
            "aria-controls": label.getAttribute("aria-controls"),
        });
        toggle.append(...label.cloneNode(true).childNodes);
        toggle.addEventListener("click", () => label.click());
        const tell = () => toggle.setAttribute(
            "aria-expanded", label.getAttribute("aria-expanded"));
        new MutationObserver(tell)
            .observe(label, { attributeFilter: ["aria-expanded"] });
        tell();
        label.style.display = "none";
        label.before(toggle);
    }

    const chapters = [...document.querySelectorAll(".chapter-item a[href]")];
    for (const link of document.querySelectorAll(".mobile-nav-chapters")) {
        const chapter = chapters.find(({ href }) => href === link.href);
        const title = chapter?.textContent.replace(/^\s*[\d.]*\s*/, "");
        if (!title) continue;
        link.append(make("span", { class: "chapter-title" }, title));
        link.setAttribute("aria-label", `${link.title}: ${title}`);
    }

    // By then mdBook has listed the page's headings (see the style sheet).
    document.addEventListener("DOMContentLoaded", () => {
        document.documentElement.setAttribute("data-dressed", "");
    });

    // Two looks. One saved by another book of this address becomes one of ours.
    document.getElementById("mdbook-theme-navy")?.replaceChildren("Dark");
    const ours = { rust: "light", coal: "navy", ayu: "navy" };
    for (const theme in ours) {
        const choice = document.getElementById(`mdbook-theme-${theme}`);
        choice?.parentElement.remove();
    }
    try {
        const saved = localStorage.getItem("mdbook-theme");
        if (saved in ours) localStorage.setItem("mdbook-theme", ours[saved]);
    } catch {
        // No storage: nothing was saved.
    }

    // Paper does not open. Answers stay apart from their questions.
    let closed = [];
    window.addEventListener("beforeprint", () => {
        closed = find("details:not([open], .solution)");
        for (const details of closed) details.open = true;
    });
    window.addEventListener("afterprint", () => {
        for (const details of closed) details.open = false;
    });
})();
