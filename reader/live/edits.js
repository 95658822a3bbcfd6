// What a reader has changed on a page, kept in the browser: each cell by
// itself, with the book's code that it was made from. Where two tabs have
// changed the same cell without hearing of each other, both are kept.

/** What a reader is told where that cannot be done. */
export const KEEPS_NOTHING = "This browser keeps no edits: they last until the "
    + "page is closed.";

export class Edits {
    #prefix;
    // What this tab believes to be kept, by key.
    #seen = new Map();
    /** Whether the browser keeps anything. */
    isKept = true;

    constructor(book, page) {
        this.#prefix = `cells:${book}:${page}:`;
        try {
            localStorage.setItem(`${this.#prefix}~`, "");
            localStorage.removeItem(`${this.#prefix}~`);
        } catch {
            this.isKept = false;
        }
    }

    key(anchor) {
        return this.#prefix + anchor;
    }

    /** All that is kept: key, anchor, and the edit. */
    all() {
        if (!this.isKept) return [];
        return Object.keys(localStorage)
            .filter((key) => key.startsWith(this.#prefix))
            .flatMap((key) => {
                const edit = this.#read(key, localStorage.getItem(key));
                const [anchor] = key.slice(this.#prefix.length).split("~");
                return edit ? [{ key, anchor, ...edit }] : [];
            });
    }

    #read(key, text) {
        this.#seen.set(key, text);
        try {
            return JSON.parse(text);
        } catch {
            return null;
        }
    }

    /**
     * Keeps an edit, or forgets it where there is none. Where another tab has
     * changed the same one unheard, that is returned, and stays as well.
     */
    keep(key, edit) {
        if (!this.isKept) return undefined;
        let other;
        const before = localStorage.getItem(key);
        if (before !== (this.#seen.get(key) ?? null)) {
            const theirs = this.#read(key, before);
            if (theirs && theirs.code !== edit?.code) {
                const apart = `${key}~${Date.now().toString(36)}`;
                other = { key: apart, ...theirs };
                this.#write(apart, before);
            }
        }
        this.#write(key, edit ? JSON.stringify(edit) : null);
        return other;
    }

    #write(key, text) {
        try {
            if (text === null) localStorage.removeItem(key);
            else localStorage.setItem(key, text);
            this.#seen.set(key, text);
        } catch {
            this.isKept = false;
        }
    }

    /** Calls `changed` with an anchor and its edit, from another tab. */
    listen(changed) {
        addEventListener("storage", ({ key, newValue }) => {
            if (!key?.startsWith(this.#prefix) || key.includes("~")) return;
            const edit = this.#read(key, newValue);
            changed(key.slice(this.#prefix.length), edit);
        });
    }
}

/** How much two codes have in common: from 0 to 1, by their lines. */
export const likeness = (one, other) => {
    const lines = (code) =>
        code.split("\n").map((line) => line.trim()).filter(Boolean);
    const [first, second] = [lines(one), lines(other)];
    const common = first.filter((line) => second.includes(line));
    return common.length / Math.max(first.length, second.length, 1);
};
