// What a cell prints, as a terminal shows it: `\r` goes back to the line's
// start, and colours are colours. All else that a terminal is told is left out.

/** More lines than these are not shown; the first ones go. */
const MOST_LINES = 5000;

const NAMES = [
    "black", "red", "green", "yellow", "blue", "magenta", "cyan", "white",
];
const PLAIN = { classes: "" };

/** A colour of the 256 that a terminal numbers. */
const numbered = (number) => {
    if (number < 16) return NAMES[number % 8];
    if (number > 231) {
        const grey = 8 + 10 * (number - 232);
        return `rgb(${grey} ${grey} ${grey})`;
    }
    const part = (place) => {
        const level = Math.floor((number - 16) / place) % 6;
        return level && 55 + 40 * level;
    };
    return `rgb(${part(36)} ${part(6)} ${part(1)})`;
};

/** The style after an instruction `ESC [ codes m`. */
const restyled = (style, codes) => {
    const next = { ...style };
    const rest = codes.split(/[;:]/).map(Number);
    while (rest.length) {
        const code = rest.shift();
        const [base, colour] = [code - (code % 10), code % 10];
        const key = base === 40 || base === 100 ? "background" : "colour";
        if (code === 0) for (const name in next) delete next[name];
        else if (code === 1) next.bold = true;
        else if (code === 2) next.dim = true;
        else if (code === 3) next.italic = true;
        else if (code === 4) next.underline = true;
        else if (code === 7) next.inverse = true;
        else if (code === 22) next.bold = next.dim = false;
        else if (code === 23) next.italic = false;
        else if (code === 24) next.underline = false;
        else if (code === 27) next.inverse = false;
        else if (code === 38 || code === 48) {
            if (rest.shift() === 5) next[key] = numbered(rest.shift());
            else next[key] = `rgb(${rest.splice(0, 3).join(" ")})`;
        } else if (code === 39 || code === 49) next[key] = undefined;
        else if ([30, 40, 90, 100].includes(base) && colour < 8)
            next[key] = NAMES[colour];
    }
    const words = ["bold", "dim", "italic", "underline", "inverse"];
    const classes = words.filter((word) => next[word]);
    if (NAMES.includes(next.colour)) classes.push(next.colour);
    if (NAMES.includes(next.background)) classes.push(`on-${next.background}`);
    next.classes = classes.map((name) => `ansi-${name}`).join(" ");
    return next;
};

const TOKENS = new RegExp([
    // An instruction: its codes, its name.
    "\\x1b\\[([0-9;:?]*)[ -/]*([@-~])",
    // A title, a link.
    "\\x1b\\][^\\x07\\x1b]*(?:\\x07|\\x1b\\\\)",
    "\\x1b[^\\[\\]]",
    "[\\r\\n\\b]",
    "[^\\x1b\\r\\n\\b]+",
    "\\x1b",
].join("|"), "g");

/** What may go on in the next piece of a stream. */
const UNFINISHED = /\x1b(?:\[[0-9;:? -/]{0,40}|\][^\x07\x1b]{0,400}\x1b?)?$/;

/** Pieces of a line: from one column up to another. */
const cut = (pieces, from, to) => {
    const found = [];
    let column = 0;
    for (const piece of pieces) {
        const start = Math.max(from - column, 0);
        const end = Math.min(to - column, piece.text.length);
        if (start < end) {
            const at = piece.at === undefined ? undefined : piece.at + start;
            found.push({ ...piece, at, text: piece.text.slice(start, end) });
        }
        column += piece.text.length;
    }
    return found;
};

const drawn = ({ text, style, differs, stream }) => {
    const isError = stream === "stderr";
    if (!style.classes && !style.colour && !style.background && !differs
        && !isError)
        return text;
    const element = document.createElement(differs ? "mark" : "span");
    element.textContent = text;
    element.className = style.classes + (isError ? " live-error-stream" : "");
    if (differs) element.classList.add("live-differs");
    if (style.colour?.startsWith("rgb")) element.style.color = style.colour;
    if (style.background?.startsWith("rgb"))
        element.style.backgroundColor = style.background;
    return element;
};

export class Output {
    #element;
    #lines = [{ pieces: [], node: null }];
    #column = 0;
    #style = PLAIN;
    // Where in its stream the next text is, and what was left unfinished.
    #streams = {
        stdout: { at: 0, rest: "" },
        stderr: { at: 0, rest: "" },
    };
    #changed = new Set(this.#lines);
    #left = 0;
    #frame = 0;

    /** It prints into an element, which holds nothing else. */
    constructor(element) {
        this.#element = element;
    }

    get isEmpty() {
        return this.#lines.length === 1 && !this.#lines[0].pieces.length;
    }

    /** How many lines are shown no longer. */
    get left() {
        return this.#left;
    }

    write(text, stream) {
        const state = this.#streams[stream];
        const all = state.rest + text;
        state.rest = UNFINISHED.exec(all)?.[0] ?? "";
        const whole = all.slice(0, all.length - state.rest.length);
        for (const [token, codes, name] of whole.matchAll(TOKENS)) {
            const line = this.#lines.at(-1);
            if (token === "\n") {
                this.#lines.push({ pieces: [], node: null });
                this.#changed.add(line).add(this.#lines.at(-1));
                this.#column = 0;
            } else if (token === "\r") this.#column = 0;
            else if (token === "\b") this.#column -= this.#column > 0;
            else if (name === "m") this.#style = restyled(this.#style, codes);
            else if (name === "K") this.#erase(line, Number(codes));
            else if (token[0] !== "\x1b")
                this.#put(line, { text: token, stream, at: state.at });
            state.at += token.length;
        }
        while (this.#lines.length > MOST_LINES) {
            const line = this.#lines.shift();
            line.node?.remove();
            this.#changed.delete(line);
            this.#left += 1;
        }
        this.#frame ||= requestAnimationFrame(() => this.show());
    }

    #put(line, { text, stream, at }) {
        const end = this.#column + text.length;
        const isOut = stream === "stdout";
        line.pieces = [
            ...cut(line.pieces, 0, this.#column),
            { text, stream, at: isOut ? at : undefined, style: this.#style },
            ...cut(line.pieces, end, Infinity),
        ];
        this.#column = end;
        this.#changed.add(line);
    }

    /** To the line's end, to its start, or all of it. */
    #erase(line, part) {
        const before = part === 0 ? cut(line.pieces, 0, this.#column) : [];
        const after =
            part === 1 ? cut(line.pieces, this.#column, Infinity) : [];
        if (part > 0) {
            const text = " ".repeat(this.#column);
            before.push({ text, stream: "stdout", style: PLAIN });
        }
        line.pieces = [...before, ...after];
        this.#changed.add(line);
    }

    /** Marks parts of what went to `stdout`. */
    mark(ranges) {
        for (const line of this.#lines) {
            const pieces = line.pieces.flatMap((piece) => {
                const { at, text } = piece;
                const parts = [];
                let done = 0;
                for (const [from, to] of at === undefined ? [] : ranges) {
                    const start = Math.max(from - at, done);
                    const end = Math.min(to - at, text.length);
                    if (start >= end) continue;
                    const [other] = cut([piece], start, end);
                    parts.push(...cut([piece], done, start));
                    parts.push({ ...other, differs: true });
                    done = end;
                }
                return [...parts, ...cut([piece], done, Infinity)];
            });
            if (pieces.length === line.pieces.length
                && !pieces.some(({ differs }) => differs)) continue;
            line.pieces = pieces;
            this.#changed.add(line);
        }
    }

    /** Shows what has changed, now. */
    show() {
        cancelAnimationFrame(this.#frame);
        this.#frame = 0;
        const last = this.#lines.at(-1);
        for (const line of this.#changed) {
            const end = line === last ? [] : ["\n"];
            const node = document.createElement("span");
            node.append(...line.pieces.map(drawn), ...end);
            if (line.node) line.node.replaceWith(node);
            else this.#element.append(node);
            line.node = node;
        }
        this.#changed.clear();
    }
}
