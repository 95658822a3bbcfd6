// Which exercises the reader has solved, kept in the browser for the book.

import { make } from "./dom.js";

export class Progress {
    #prefix;

    constructor(book) {
        this.#prefix = `solved:${book}:`;
    }

    /** Marks the exercises of the page that were solved. */
    restore(exercises) {
        for (const exercise of exercises) {
            try {
                const isKept = localStorage.getItem(this.#prefix + exercise);
                if (isKept !== null) this.#mark(exercise);
            } catch {
                // No storage: nothing was kept.
            }
        }
    }

    solved(exercise) {
        try {
            localStorage.setItem(this.#prefix + exercise, "");
        } catch {
            // Then it is marked until the page is closed.
        }
        this.#mark(exercise);
    }

    #mark(exercise) {
        const title = document.querySelector(`#ex-${exercise} > p`);
        if (!title || title.querySelector(".live-solved")) return;
        const mark = make("span", { class: "live-solved" }, "✓ solved");
        title.firstElementChild.after(" ", mark);
    }
}
