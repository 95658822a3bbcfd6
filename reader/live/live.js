// The book as a notebook: `cargo book` adds this to the pages that it serves.
// A page says what is to run, with what its reader has changed; the server
// tells what comes of it. Without it, the page is the book's.

import { Bar } from "./bar.js";
import { Cell } from "./cell.js";
import { copy, count } from "./dom.js";
import { Edits, KEEPS_NOTHING } from "./edits.js";
import { Progress } from "./progress.js";
import { Versions } from "./versions.js";

const { page, token } = document.querySelector("script[data-page]").dataset;
const book = document.querySelector(".menu-title")?.textContent.trim() ?? "";
const outputs = `cells:${book}:${page}`;

/** How long a run goes on before the page says so. */
const SOON = 300;

class Live {
    cells = [];
    sections = [];
    downloads = false;
    edits = new Edits(book, page);
    versions = new Versions(this);
    progress = new Progress(book);
    bar = new Bar({
        stop: () => this.stop(),
        // Exercises are for their reader to begin.
        run: () => this.runSections(this.sections.filter(
            ([{ info }]) => !info.exercise)),
        items: () => this.#items(),
    });
    #socket = null;
    #wait = 500;
    // The runs that are to come; the first is under way.
    #runs = [];
    #count = 0;
    #clock = 0;
    // What a connection that ended took along, in words.
    #lost = "";

    connect() {
        const origin = location.origin.replace(/^http/, "ws");
        const socket = new WebSocket(`${origin}/__live`);
        this.#socket = socket;
        socket.onopen = () => {
            this.#wait = 500;
            this.#send({ type: "open", page });
        };
        socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
        socket.onclose = () => {
            this.#lose();
            setTimeout(() => this.connect(), this.#wait);
            this.#wait = Math.min(2 * this.#wait, 5000);
        };
    }

    #send(message) {
        this.#socket.send(JSON.stringify(message));
    }

    get #isConnected() {
        return this.#socket?.readyState === WebSocket.OPEN;
    }

    #hear(message) {
        if (message.type === "hello") this.#greet(message);
        else if (message.type === "page") this.#lay(message.cells);
        else if (message.type === "prepared") return;
        else if (message.run === this.#runs[0]?.id) this.#follow(message);
    }

    #greet({ confined, why, downloads }) {
        this.downloads = downloads === true;
        const caution = confined ? "" : ` Cells are not confined: ${why}`;
        const keeps = this.edits.isKept ? "" : ` ${KEEPS_NOTHING}`;
        const again = this.cells.length ? "Connected again." : "Ready.";
        this.bar.say(again + this.#lost + caution + keeps);
        this.#lost = "";
    }

    /** Makes live cells of the page's, once. */
    #lay(infos) {
        if (this.cells.length) {
            // After a lost connection: data may have come by now.
            for (const { info } of this.cells) {
                const isSame = ({ anchor }) => anchor === info.anchor;
                const fresh = infos.find(isSame);
                info.missing = fresh?.missing ?? null;
            }
            return;
        }
        for (const info of infos) {
            const figure = document.getElementById(info.anchor);
            if (!figure) continue;
            const section = (this.sections[info.section] ??= []);
            section.push(new Cell(info, figure, section, this));
        }
        // Some have no cells.
        this.sections = this.sections.filter(Boolean);
        this.cells = this.sections.flat();
        if (!this.cells.length) return;
        document.querySelector(".cell-live")?.remove();
        document.getElementById("mdbook-content").append(this.bar.element);
        document.documentElement.classList.add("live");
        this.#recall();
        this.progress.restore(infos.flatMap(({ exercise }) => exercise ?? []));
        this.versions.restore(this.edits.all());
        this.edits.listen((anchor, edit) => {
            const cell = this.#cell(anchor);
            if (edit?.base === cell?.info.code) cell?.change(edit);
            else if (!edit && cell?.isChanged) cell.change(cell.info);
        });
        document.addEventListener("keydown", (event) => this.#press(event));
        const main = document.querySelector("main");
        const hint = () => {
            const isWriting = document.activeElement?.closest(".live-editor");
            this.bar.hint = Boolean(isWriting);
        };
        main.addEventListener("focusin", hint);
        main.addEventListener("focusout", () => setTimeout(hint));
        addEventListener("pagehide", () => this.#remember());
        addEventListener("beforeunload", (event) => {
            const isChanged = this.cells.some((cell) => cell.isChanged);
            if (isChanged && !this.edits.isKept) event.preventDefault();
        });
    }

    #cell(anchor) {
        return this.cells.find(({ info }) => info.anchor === anchor);
    }

    // What was printed outlives the page, in its tab.

    #remember() {
        const kept = this.cells.flatMap((cell) =>
            cell.kept ? [[cell.info.anchor, cell.kept]] : []);
        try {
            sessionStorage.setItem(outputs, JSON.stringify(kept));
        } catch {
            // Too much, or no storage: it can be printed again.
        }
    }

    #recall() {
        try {
            const kept = JSON.parse(sessionStorage.getItem(outputs)) ?? [];
            for (const [anchor, result] of kept)
                this.#cell(anchor)?.replay(result);
        } catch {
            // Nothing was kept.
        }
    }

    // Keys and menus.

    #press(event) {
        const cell = this.cells.find(({ figure }) =>
            figure.contains(event.target));
        if (!cell || event.key !== "Enter" || event.altKey) return;
        const isAlone = event.target === cell.figure;
        if (event.shiftKey) this.runTo(cell, true);
        else if (event.ctrlKey || event.metaKey) this.runTo(cell);
        else if (isAlone) cell.open({});
        else return;
        event.preventDefault();
    }

    #items() {
        const changed = this.cells.filter((cell) =>
            cell.isChanged || cell.from);
        const download = (kind, name) =>
            [`Download as ${name}`, () => this.#download(kind)];
        return [
            ["Reset page to the book's", () => this.#resetAll(changed)],
            ...(this.downloads ? [
                download("rs", "Rust (.rs)"),
                download("zip", "a package (.zip)"),
                download("ipynb", "a notebook (.ipynb)"),
            ] : []),
        ];
    }

    async #resetAll(cells) {
        const before = cells.map((cell) =>
            [cell, cell.code, cell.editor?.hidden, cell.kept]);
        for (const cell of cells) await cell.reset();
        this.bar.say("The page is as in the book.");
        if (cells.length) this.bar.offer("Undo", async () => {
            for (const [cell, code, hidden, kept] of before) {
                if (hidden) await cell.change({ code, hidden });
                if (kept) cell.replay(kept);
            }
        });
    }

    #changes(cells) {
        const changed = cells.filter((cell) => cell.isChanged);
        return Object.fromEntries(changed.map(({ info, code }) =>
            [info.anchor, code]));
    }

    /** The page, or a section of it, as a file with what was changed. */
    async #file(kind, more = {}) {
        const name = `${page.replace(/\.html$/, "")}.${kind}`;
        const edits = this.#changes(this.cells);
        const body = JSON.stringify({ edits, ...more });
        const headers = { "content-type": "application/json" };
        const options = { method: "POST", headers, body };
        const answer = await fetch(`/__live/download/${name}`, options);
        if (!answer.ok) throw new Error(await answer.text());
        return [name.split("/").at(-1), await answer.blob()];
    }

    async #download(kind) {
        try {
            const [name, file] = await this.#file(kind);
            const link = document.createElement("a");
            link.href = URL.createObjectURL(file);
            link.download = name;
            link.click();
            setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
            this.bar.say(`Downloaded ${name}.`);
        } catch (error) {
            this.bar.say(`Not downloaded: ${error.message}`);
        }
    }

    async copyProgram({ info: { section } }) {
        try {
            const [, file] = await this.#file("rs", { section });
            const isCopied = await copy(await file.text());
            this.bar.say(isCopied ? "Copied." : "The browser does not copy.");
        } catch (error) {
            this.bar.say(`Not copied: ${error.message}`);
        }
    }

    // Runs, one after the other.

    /**
     * Runs a cell's section down to it; `moves` the focus to the next cell. An
     * answer to an exercise is run with its `check`, unless only it is meant.
     */
    runTo(cell, moves = false, check = Boolean(cell.info.exercise)) {
        if (moves) {
            const next = this.cells[this.cells.indexOf(cell) + 1] ?? cell;
            next.figure.focus({ preventScroll: true });
            next.figure.scrollIntoView({ block: "nearest" });
        }
        if (!cell.isRun) return;
        // What runs of the section already is part of the new run.
        this.leave(cell.section);
        this.#add(cell.section, cell, check);
    }

    /** Ends what runs of a section, or is to. */
    leave(section) {
        for (const run of this.#runs.filter((run) => run.section === section))
            this.#drop(run);
    }

    runSections(sections) {
        this.stop();
        for (const section of sections) {
            const last = section.findLast((cell) => cell.isRun);
            if (last) this.#add(section, last);
        }
    }

    #add(section, until, check = false) {
        const parts = section.slice(0, section.indexOf(until) + 1);
        const cells = parts.filter((cell) => cell.isRun);
        const missing = cells.find(({ info }) => info.missing);
        if (missing) {
            const { name, info } = missing;
            return this.bar.say(`${name} does not run: ${info.missing}`);
        }
        if (!this.#isConnected)
            return this.bar.say("Not connected: nothing can run now.");
        const id = `r${++this.#count}`;
        const run = { id, section, until, cells, check };
        run.programs = new Map();
        for (const cell of cells) cell.state = "waiting";
        this.#runs.push(run);
        if (this.#runs.length === 1) this.#begin(run);
    }

    #begin(run) {
        const { id, cells, until } = run;
        run.start = performance.now();
        // What it prints is of the code as it is now.
        for (const cell of cells) run.programs.set(cell, cell.program());
        const edits = this.#changes(cells);
        const { anchor } = until.info;
        const order = { run: id, page, until: anchor, edits };
        this.#send({ type: "run", ...order, ...(run.check && { check: true }) });
        run.says = `${run.check ? "Checking" : "Running"} ${until.name}`;
        this.bar.isBusy = true;
        clearInterval(this.#clock);
        this.#clock = setInterval(() => this.#tick(run), 100);
    }

    #tick(run) {
        const passed = performance.now() - run.start;
        if (passed < SOON) return;
        if (run.said !== run.says) this.bar.say((run.said = run.says));
        this.bar.detail(run.detail ?? `${(passed / 1000).toFixed(1)} s`);
    }

    #follow(message) {
        const [run] = this.#runs;
        const cell = this.#cell(message.cell) ?? run.until;
        if (message.type === "state") this.#state(run, message);
        else if (message.type === "done") this.#done(run, message);
        else if (message.type === "diagnostic") {
            const { spans } = message;
            const span = spans.find((it) => it.is_primary) ?? spans[0];
            const at = this.#cell(span?.cell) ?? run.until;
            at.begin(run, run.programs.get(at));
            at.take(message);
        } else if (message.status !== "skipped") {
            cell.begin(run, run.programs.get(cell));
            if (message.type === "begin") {
                run.says = `Running ${cell.name}`;
                cell.state = "running";
            } else {
                const end = cell.take(message);
                if (end) run.last = { cell, ...end };
            }
        }
    }

    #state(run, { state, ahead, text }) {
        const { name } = run.until;
        run.says = {
            queued: `${name} waits for ${count(ahead, "other run")}`,
            building: "Building what the cells use",
            compiling: `Compiling ${name}`,
        }[state] ?? `Running ${name}`;
        run.detail = text;
    }

    #done(run, { status, message, seconds }) {
        this.#close(run, { status, seconds });
        const { last, until } = run;
        const said = last ? `${last.cell.name}: ${last.words}` : until.name;
        const text = last?.text.trim().slice(0, 300) ?? "";
        this.#drop(run, true);
        const tail = message ? `${said}. ${message}` : said;
        if (!this.#runs.length) this.bar.say(tail, text && `Output: ${text}`);
    }

    /** Ends what a run has begun: a cell that was refused, or left. */
    #close(run, end) {
        for (const cell of run.cells) {
            if (cell.run !== run || !cell.isOpen) continue;
            const status = ["stopped", "lost"].includes(end.status) ? end.status
                : cell.isRefused ? "refused" : "not-run";
            const told = { type: "end", ...end, status, accepted: null };
            run.last = { cell, ...cell.take(told) };
        }
    }

    /** Takes a run away; it has ended, or the server is to end it. */
    #drop(run, hasEnded = false) {
        const isFirst = run === this.#runs[0];
        if (isFirst && !hasEnded) {
            this.#send({ type: "stop", run: run.id });
            this.#close(run, { status: "stopped" });
        }
        this.#runs = this.#runs.filter((it) => it !== run);
        for (const cell of run.cells) cell.state = "";
        if (!isFirst) return;
        clearInterval(this.#clock);
        this.bar.isBusy = false;
        if (this.#runs.length) this.#begin(this.#runs[0]);
    }

    /** Stops what runs; what was to come does not begin. */
    stop() {
        const [run, ...others] = this.#runs;
        for (const other of others) this.#drop(other);
        if (!run) return;
        this.#send({ type: "stop", run: run.id });
        run.says = "Stopping";
    }

    #lose() {
        const [run] = this.#runs;
        this.#runs = [];
        clearInterval(this.#clock);
        this.bar.isBusy = false;
        if (run) this.#close(run, { status: "lost" });
        for (const cell of this.cells) cell.state = "";
        if (run) this.#lost = ` What ran, ${run.until.name}, is lost.`;
        this.bar.say("No connection to the book's server; trying again."
            + this.#lost);
    }
}

if (token === "true") {
    new Live().connect();
} else {
    // Who came without it may read.
    const hint = document.querySelector(".cell-live");
    hint?.append(", and open the address that it prints");
}
