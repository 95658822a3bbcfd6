// A cell that can be changed and run.

import { button, copy, count, make, menu } from "./dom.js";
import { KEEPS_NOTHING } from "./edits.js";
import { Output } from "./output.js";
import { picture } from "./picture.js";

/** What a cell's end is called. */
const ENDS = {
    done: "",
    passed: "passes the check",
    unpassed: "does not pass the check",
    panicked: "panicked",
    error: "ended with an error",
    refused: "does not compile",
    exited: "ended the program",
    "timed-out": "took too long and was ended",
    stopped: "stopped",
    "too-much": "printed too much and was ended",
    "out-of-memory": "took too much memory and was ended",
    "too-many-processes": "started too many processes and was ended",
    "not-run": "not run",
    lost: "lost: the connection ended while this ran",
};

const lasted = (seconds) =>
    seconds < 0.1 ? `${Math.ceil(1000 * seconds)} ms`
        : `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;

/** The ends of what has not run, which took no time. */
const NOT_RUN = ["refused", "not-run"];

/** What an end is in words: how, how long, and how it compares. */
const verdict = ({ status, seconds, accepted }) => [
    ENDS[status] ?? status,
    seconds != null && !NOT_RUN.includes(status) && lasted(seconds),
    accepted === true && "as in the book",
    accepted === false && "differs from the book",
].filter(Boolean).join(", ");

const code = (...children) => make("pre", {},
    make("code", { class: "language-text hljs" }, ...children));

export class Cell {
    editor = null;
    // The run that its result is of, and the code that this was made from.
    run = null;
    from = null;
    #events = [];
    #opening = null;
    #output = null;
    #result = null;
    #line = null;
    #diagnoses = [];
    #pictures = [];
    #state = "";
    // How many cells its change has made stale.
    #stale = 0;

    /**
     * `info` is the cell as the book has it, `figure` what the page shows,
     * `section` the cells of its section, and `live` all that it is part of.
     */
    constructor(info, figure, section, live) {
        Object.assign(this, { info, figure, section, live });
        const { exercise, number } = info;
        this.name = exercise ? `Exercise ${exercise}` : `In ${number}`;
        this.pre = figure.querySelector(":scope > pre");
        this.static = this.pre.querySelector("code");
        this.key = live.edits.key(info.anchor);
        figure.tabIndex = -1;
        figure.classList.add("live");
        const head = figure.querySelector(".cell-head");
        head.querySelector(".cell-live")?.remove();
        this.mark = make("span", { class: "live-mark" });
        head.insertBefore(this.mark, head.querySelector(".cell-buttons"));
        this.edits = button("Edit", () => this.#edit());
        this.runs = button("Run", () => this.#press(),
            { class: "cell-button live-run" });
        this.checks = button("Check", () => live.runTo(this),
            { class: "cell-button live-run" });
        const buttons = head.querySelector(".cell-buttons");
        buttons.append(this.edits, ...(this.isRun ? [this.runs] : []),
            ...(exercise ? [this.checks] : []));
        buttons.append(...menu(`More for ${this.name}`, () => this.#items()));
        this.pre.addEventListener("click", (event) => this.#clicked(event));
    }

    get code() {
        return this.editor?.code ?? this.info.code;
    }

    get isChanged() {
        return this.code !== this.info.code;
    }

    get isRun() {
        return this.info.kind !== "ignore";
    }

    /** The codes that a run of it is made of, as they are now, or were. */
    program(isBook = false) {
        const above = this.section.slice(0, this.section.indexOf(this));
        const seen = above.filter(({ info }) => info.kind === "run");
        const codes = [...seen, this].map((cell) =>
            isBook ? cell.info.code : cell.code);
        return codes.join("\0");
    }

    /** Whether what is shown is of another code. */
    get isStale() {
        const from = this.from ?? this.program(true);
        return this.isRun && this.program() !== from;
    }

    // The head.

    #items() {
        const { live, section, isRun, name } = this;
        const item = (is, ...what) => (is ? [what] : []);
        return [
            ...item(isRun && section.length > 1, "Run section",
                () => live.runSections([section])),
            ...item(this.isChanged || this.#result, "Reset to the book's",
                () => this.reset()),
            ...item(live.downloads && !this.info.exercise, "Copy section as one program",
                () => live.copyProgram(this)),
            ...item(true, `Copy a link to ${name}`, () =>
                copy(new URL(`#${this.info.anchor}`, location.href).href)),
        ];
    }

    #press() {
        if (this.#state) this.live.stop();
        else this.live.runTo(this, false, false);
    }

    /** Not run yet, running, or neither: `waiting`, `running`, or nothing. */
    set state(state) {
        this.#state = state;
        this.runs.textContent = state ? "Stop" : "Run";
        this.checks.hidden = Boolean(state);
        this.refresh();
    }

    get state() {
        return this.#state;
    }

    /** Shows how the cell stands. */
    refresh() {
        const { isStale, isChanged, figure } = this;
        const stands = isChanged && isStale ? "changed, not run"
            : isChanged ? "changed" : isStale ? "stale" : "";
        const words = this.#state || stands;
        if (this.mark.firstChild?.data !== words) {
            this.mark.replaceChildren(words);
            if (words === "stale") this.mark.append(make("span",
                { class: "live-why" }, ": a cell above was changed"));
        }
        figure.classList.toggle("live-stale", isStale && !this.#state);
        figure.classList.toggle("live-running", this.#state === "running");
        if (!this.editor) return;
        this.edits.textContent = "Reset";
        this.edits.hidden = !isChanged;
    }

    // The editor.

    #edit() {
        if (this.editor) this.reset();
        else this.open({});
    }

    /** A click that selects nothing is where to write. A finger only reads. */
    #clicked(event) {
        const isFinger = event.pointerType && event.pointerType !== "mouse";
        if (isFinger || !getSelection().isCollapsed) return;
        const { clientX: x, clientY: y } = event;
        const at = document.caretPositionFromPoint?.(x, y);
        const range = document.createRange();
        range.selectNodeContents(this.static);
        if (at && this.static.contains(at.offsetNode))
            range.setEnd(at.offsetNode, at.offset);
        const lines = range.toString().split("\n");
        this.open({ line: lines.length, column: lines.at(-1).length + 1 });
    }

    /** Has an editor; with a place, it has the focus there. */
    async open(place) {
        this.#opening ??= import("./editor.js");
        try {
            const { create } = await this.#opening;
            this.#mount(create);
        } catch (error) {
            this.#opening = null;
            this.live.bar.say("The editor did not load: is the book's "
                + "server running?");
            throw error;
        }
        if (!place) return;
        // What is looked for, or all that there is, may be folded.
        const isHidden = place.line ? this.editor.hidden.includes(place.line)
            : !this.editor.shown.trim();
        if (isHidden) this.#unfold();
        this.editor.focus(place.line, place.column);
    }

    #mount(create) {
        if (this.editor) return;
        const { live, info } = this;
        const isFolded = () => this.static.classList.contains("hide-boring");
        const parent = make("div", { class: "live-editor" });
        this.pre.after(parent);
        this.editor = create(parent, {
            code: info.code,
            hidden: info.hidden,
            folded: isFolded(),
            label: `Code of ${this.name}`,
            hint: "live-hint",
            changed: () => this.#changed(),
            ran: (moves) => live.runTo(this, moves),
            left: () => this.figure.focus(),
        });
        this.pre.hidden = true;
        // What the page's own button copies.
        this.static.shown = () => this.editor.shown;
        const fold = () => {
            this.editor.fold(isFolded());
            parent.hidden = !this.editor.shown && isFolded();
        };
        fold();
        new MutationObserver(fold)
            .observe(this.static, { attributeFilter: ["class"] });
        this.editor.diagnose(this.#diagnoses);
        this.refresh();
    }

    #unfold() {
        if (this.static.classList.contains("hide-boring"))
            this.figure.querySelector(".cell-head [aria-expanded]")?.click();
    }

    /** Puts an edit into it. */
    async change({ code, hidden }) {
        await this.open();
        if (code !== this.code) this.editor.replace(code, hidden);
    }

    #changed() {
        const { code, info, editor, live } = this;
        const edit = this.isChanged ? {
            code,
            base: info.code,
            number: info.number,
            hidden: editor.hidden,
        } : null;
        const wasKept = live.edits.isKept;
        const other = live.edits.keep(this.key, edit);
        if (wasKept && !live.edits.isKept) live.bar.say(KEEPS_NOTHING);
        if (other) live.versions.ofTab(this, other);
        for (const cell of this.section) cell.refresh();
        const stale = this.section.filter((cell) =>
            cell !== this && cell.isStale && !cell.isChanged).length;
        const isNew = stale && stale !== this.#stale;
        this.#stale = stale;
        if (isNew && this.figure.contains(document.activeElement))
            live.bar.say(`${this.name} is changed: what `
                + `${count(stale, "cell")} below shows is stale.`);
    }

    /** The book's cell, with its output; the bar offers the way back. */
    async reset() {
        const { code, from, live, info } = this;
        const [events, hidden] = [this.#events, this.editor?.hidden];
        // What runs would show again what is taken away.
        live.leave(this.section);
        this.clear();
        if (this.isChanged) this.editor.replace(info.code, info.hidden);
        for (const cell of this.section) cell.refresh();
        live.bar.say(`${this.name} is as in the book.`);
        live.bar.offer("Undo", async () => {
            if (hidden) await this.change({ code, hidden });
            if (from) this.replay({ from, events });
        });
    }

    // What a run tells.

    /** The result, to be shown again by another page. */
    get kept() {
        if (!this.from) return null;
        const lost = { type: "end", status: "lost" };
        const events = [...this.#events, ...(this.isOpen ? [lost] : [])];
        return { from: this.from, events };
    }

    replay({ from, events }) {
        this.begin({}, from);
        for (const event of events) this.take(event);
    }

    /** Whether its run has not told its end. */
    get isOpen() {
        return this.from !== null && this.#events.at(-1)?.type !== "end";
    }

    /** Whether the compiler has found an error in it. */
    get isRefused() {
        return this.#events.some(({ level }) => level === "error");
    }

    /** What was shown gives way to what this run prints. */
    begin(run, from) {
        if (this.run === run) return;
        const shown = this.figure.querySelectorAll(":scope > .cell-output");
        const heights = [...shown].map(({ offsetHeight }) => offsetHeight);
        this.clear();
        Object.assign(this, { run, from });
        this.#events = [];
        const text = code();
        this.#output = new Output(text.firstChild);
        const whose = make("span", {}, "Yours");
        this.#line = make("div", { class: "live-line" }, whose);
        this.#result = make("div", { class: "live-result cell-output" },
            this.#line, text);
        // What is below does not jump while this one fills again.
        this.#result.style.minHeight = `${Math.max(0, ...heights)}px`;
        const editor = this.figure.querySelector(":scope > .live-editor");
        (editor ?? this.pre).after(this.#result);
        text.firstChild.dispatchEvent(new Event("frame", { bubbles: true }));
        this.figure.dataset.shows = "yours";
        // Of a guess, the answer is seen now.
        this.figure.dispatchEvent(new Event("ran"));
    }

    clear() {
        this.#result?.remove();
        for (const drawn of this.#pictures) drawn.remove();
        this.editor?.diagnose([]);
        Object.assign(this, { run: null, from: null });
        this.#result = this.#output = null;
        this.#events = [];
        this.#pictures = [];
        this.#diagnoses = [];
        delete this.figure.dataset.shows;
    }

    take(event) {
        const last = this.#events.at(-1);
        const goesOn = last?.type === "out" && event.type === "out"
            && last.stream === event.stream;
        if (goesOn) last.text += event.text;
        else this.#events.push({ ...event });
        const { type } = event;
        if (type === "out") this.#output.write(event.text, event.stream);
        else if (type === "picture") this.#draw(event.svg);
        else if (type === "diagnostic") this.#diagnose(event);
        else if (type === "end") return this.#end(event);
    }

    /** The book's pictures. */
    get #books() {
        return this.figure.querySelectorAll(
            ":scope > .picture:not(.live-picture)");
    }

    #draw(svg) {
        const number = this.#pictures.length + 1;
        const label = `Picture ${number} of ${this.name}, as you ran it`;
        const drawn = picture(svg, label);
        const frame = make("div", { class: "picture-frame live-frame" },
            drawn ?? "What the cell drew is no picture.");
        const book = this.#books[number - 1];
        const more = make("figure", { class: "picture live-picture" });
        // In the book's place, above its caption.
        if (book) book.prepend(frame);
        else this.figure.append(more);
        if (!book) more.append(frame);
        frame.dispatchEvent(new Event("frame", { bubbles: true }));
        this.#pictures.push(book ? frame : more);
    }

    #diagnose({ level, code: number, message, rendered, spans }) {
        const own = spans.filter(({ cell }) => cell === this.info.anchor);
        const main = own.find((span) => span.is_primary) ?? own[0];
        const severity = ["error", "warning"].includes(level) ? level : "info";
        for (const span of own) {
            const says = [span === main && message, span.label];
            const words = says.filter(Boolean).join(": ");
            const kind = span.is_primary ? severity : "info";
            if (words) this.#mark({ ...span, severity: kind, message: words });
        }
        const title = number ? `${level}[${number}]` : level;
        const below = rendered.replace(/^(?:error|warning)[^\n]*\n/, "");
        const kind = { class: `live-diagnostic live-${severity}` };
        // Of the check of an exercise, no line is shown.
        this.#result.append(make("div", kind, this.#said(title, message, main),
            below ? code(below.trimEnd()) : null));
    }

    /** Says what is wrong, and leads to the place. */
    #said(title, message, place) {
        const to = place && button(`line ${place.line}`, () => this.open(place),
            { class: "cell-button live-place" });
        return make("p", { class: "live-said" },
            make("strong", {}, title), message && `: ${message}`, " ", to);
    }

    #mark(mark) {
        this.#diagnoses.push(mark);
        this.editor?.diagnose(this.#diagnoses);
    }

    /** Shows the end; returns it in words, and what was printed. */
    #end(event) {
        const { status, message, line, accepted, differences } = event;
        if (differences?.length) this.#output.mark(differences);
        this.#output.show();
        const words = verdict(event);
        const printed = this.#result.querySelector("pre");
        const text = printed.textContent;
        printed.hidden = this.#output.isEmpty;
        if (this.#output.left) printed.before(make("p", { class: "live-said" },
            `The first ${count(this.#output.left, "line")} are not shown.`));
        this.#result.style.minHeight = "";
        const sample = make("mark", { class: "live-differs" }, "marked");
        this.#line.append(make("span", {}, words,
            ...(differences?.length ? [" in what is ", sample] : [])));
        const isSilent = !text && !this.#pictures.length && !message
            && !this.#diagnoses.length && !this.info.exercise;
        if (isSilent) this.#line.append(make("span", {}, "no output"));
        if (message) {
            const place = line && { line };
            printed.after(this.#said(ENDS[status] || status, message, place));
            if (place && !accepted)
                this.#mark({ ...place, severity: "error", message });
        }
        if (this.info.output !== null || this.#books.length)
            this.#line.append(this.#switch());
        this.state = "";
        if (status === "passed") this.live.progress.solved(this.info.exercise);
        const told = ENDS[status] === "" ? `done, ${words}` : words;
        return { words: told, text: message ? `${text}\n${message}` : text };
    }

    #switch() {
        const other = { yours: "Show the book's", book: "Show yours" };
        const { dataset } = this.figure;
        return button(other.yours, ({ currentTarget }) => {
            dataset.shows = dataset.shows === "yours" ? "book" : "yours";
            currentTarget.textContent = other[dataset.shows];
            this.#line.firstChild.textContent =
                dataset.shows === "yours" ? "Yours" : "The book's";
        }, { class: "cell-button live-switch" });
    }
}
