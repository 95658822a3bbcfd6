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

    // Guesses: what a cell prints is shown once its reader has answered, or
    // asks for it. The answer is kept in the browser, where that keeps anything.

    const memory = {
        get(key) {
            try {
                return JSON.parse(localStorage.getItem(key));
            } catch {
                return null;
            }
        },
        set(key, value) {
            try {
                if (value === null) localStorage.removeItem(key);
                else localStorage.setItem(key, JSON.stringify(value));
            } catch {
                // Until the page is closed, it is as the reader left it.
            }
        },
    };

    const number = (text) => {
        const plain = text.trim().replace(/^[\u2212-]/, "-").replace(",", ".");
        const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain);
        return isNumber ? Number(plain) : NaN;
    };

    // To the decimals that the right one is written with.
    const isNear = (text, right) => {
        const [mantissa, power = "0"] = right.toLowerCase().split("e");
        const decimals = mantissa.split(".")[1]?.length ?? 0;
        const step = decimals || power !== "0"
            ? 10 ** (Number(power) - decimals) : 0;
        const away = Math.abs(number(text) - number(right));
        return away <= (step / 2) * (1 + 1e-9);
    };

    const book = document.querySelector(".menu-title")?.textContent.trim();

    const dress = (guess, cell) => {
        const quote = guess.querySelector("blockquote");
        const list = quote?.querySelector("ul");
        const bottom = guess.querySelector(".guess-act");
        if (!list || !bottom) return;
        const items = [...list.children];
        const boxes = items.map((item) => item.querySelector("input"));
        const right = boxes.findIndex((box) => box.checked);
        const texts = items.map((item) => item.textContent.trim());
        const isTyped = items.length === 1;
        const key = `guess:${book}:${location.pathname}:${cell.id}`;

        const form = make("form", { class: "guess-form" });
        const fields = make("fieldset", {});
        const question = make("legend", {});
        question.append(...quote.querySelector("p").childNodes);
        quote.querySelector("p").remove();
        const inputs = items.map((item, at) => {
            const kind = isTyped
                ? { type: "text", inputmode: "decimal", autocomplete: "off" }
                : { type: "radio", name: key, value: at };
            const input = make("input", kind);
            boxes[at].remove();
            const text = make("span", { class: "guess-text" });
            text.append(...item.childNodes);
            const label = make("label", {});
            if (isTyped) label.append(make("span", {}, "Your number"), input);
            else label.append(input, text);
            item.replaceChildren(label);
            return input;
        });
        const said = make("p", { class: "guess-said", role: "status" });
        const act = make("button", { type: "submit", class: "guess-button" });
        const ask = make("button", { type: "button", class: "guess-button" },
            "Show me");
        fields.append(question, list);
        bottom.append(act, ask, said);
        form.append(fields, bottom);
        quote.append(...[...quote.children].filter((it) => it !== list), form);

        // An answer: the place of a choice, a number as it was typed, or
        // nothing where the reader has only asked.
        const show = (answer) => {
            const isAnswered = answer !== undefined;
            const isRight = isAnswered && answer !== null
                && (isTyped ? isNear(answer, texts[right]) : answer === right);
            cell.classList.toggle("revealed", isAnswered);
            guess.classList.toggle("guess-open", !isAnswered);
            act.textContent = isAnswered ? "Guess again" : "Guess";
            ask.hidden = isAnswered;
            for (const [at, input] of inputs.entries()) {
                input.disabled = isAnswered;
                if (isTyped) input.value = answer ?? "";
                else input.checked = at === answer;
                const isIt = isAnswered && !isTyped;
                items[at].classList.toggle("guess-right", isIt && at === right);
                items[at].classList.toggle("guess-wrong",
                    isIt && at === answer && !isRight);
            }
            said.textContent = !isAnswered ? ""
                : answer === null ? `It is ${texts[right]}.`
                    : isRight ? `Right, it is ${texts[right]}. Well guessed!`
                        : `Your guess was ${isTyped ? answer : texts[answer]};`
                            + ` it is ${texts[right]}.`;
        };
        const settle = (answer) => {
            memory.set(key, answer === undefined ? null : { answer });
            show(answer);
        };
        form.addEventListener("submit", (event) => {
            event.preventDefault();
            if (cell.classList.contains("revealed")) {
                settle(undefined);
                inputs[0].focus();
                return;
            }
            const chosen = inputs.findIndex((input) => input.checked);
            const typed = inputs[0].value.trim();
            if (isTyped ? Number.isNaN(number(typed)) : chosen < 0) {
                said.textContent = isTyped
                    ? "Type a number, such as 1.5." : "Choose one of these.";
                inputs[0].focus();
            } else settle(isTyped ? typed : chosen);
        });
        ask.addEventListener("click", () => {
            settle(null);
            act.focus();
        });
        // Where cells run, the reader has seen it then.
        cell.addEventListener("ran", () => {
            if (!cell.classList.contains("revealed")) settle(null);
        });
        show(memory.get(key)?.answer);
    };

    const guessed = find(".cell.guessed");
    for (const [at, guess] of find(".guess").entries()) {
        if (!guess.querySelector("form")) dress(guess, guessed[at]);
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
