// Where there are two versions of a reader's cell, both are shown, and the
// reader chooses: after the book has changed it, and after two tabs have.

import { button, copy, make } from "./dom.js";
import { likeness } from "./edits.js";

export class Versions {
    #live;

    constructor(live) {
        this.#live = live;
    }

    /** Puts what was kept into the page. */
    restore(kept) {
        const { cells } = this.#live;
        const taken = new Set(kept.map(({ anchor }) => anchor));
        for (const edit of kept) {
            const cell = cells.find(({ info }) => info.anchor === edit.anchor);
            if (cell && edit.key !== cell.key) this.ofTab(cell, edit);
            else if (cell && edit.base === cell.info.code) cell.change(edit);
            else this.#ofBook(cell ?? this.#heir(edit, taken), edit);
        }
    }

    /** The cell that the changed one has become. */
    #heir({ base, code }, taken) {
        const near = this.#live.cells
            .filter(({ info }) => !taken.has(info.anchor))
            .map((cell) => [cell, Math.max(...[base, code].map((it) =>
                likeness(cell.info.code, it)))])
            .sort(([, one], [, other]) => other - one);
        return near[0]?.[1] >= 0.4 ? near[0][0] : undefined;
    }

    #ofBook(cell, edit) {
        if (cell) this.#show(cell, cell.pre, "The book has changed "
            + `${cell.name} since you did. This is your version; the book's is `
            + "below.", edit, [
            ["Keep mine", () => cell.change(edit)],
            ["Take the book's"],
        ]);
        else {
            const { cells } = this.#live;
            const next = cells[Math.min(edit.number, cells.length) - 1];
            this.#show(null, next.figure.closest(".program") ?? next.figure,
                `You had changed a cell, In ${edit.number}, which the book no `
                + "longer has here. This is your version.", edit,
                [["Discard it"]]);
        }
    }

    /** Another tab has changed it, too. */
    ofTab(cell, edit) {
        this.#show(cell, cell.pre, `Another tab has changed ${cell.name}, too. `
            + "This is its version; the one of this tab is below.", edit, [
            ["Use this one", () => cell.change(edit)],
            ["Discard it"],
        ]);
    }

    /** A box before `place`, with what can be done. */
    #show(cell, place, words, edit, choices) {
        const { bar, edits } = this.#live;
        const code = make("code", { class: "language-rust hljs" }, edit.code);
        const box = make("div", {
            class: "live-version",
            role: "group",
            "aria-label": "Two versions",
        }, make("p", {}, words), make("pre", {}, code));
        const settle = (act) => async () => {
            await act?.();
            // Where it was, the cell may keep its own by now.
            if (!act || edit.key !== cell?.key) edits.keep(edit.key, null);
            box.remove();
            if (!act) bar.say("Your version is discarded.");
            if (!act) bar.offer("Undo", () => {
                const { key, anchor, ...kept } = edit;
                edits.keep(key, kept);
                place.before(box);
            });
        };
        const buttons = choices.map(([text, act]) => button(text, settle(act)));
        buttons.push(button("Copy it", async () => bar.say(
            await copy(edit.code) ? "Copied." : "The browser does not copy.")));
        box.append(make("div", { class: "live-buttons" }, ...buttons));
        place.before(box);
        code.dispatchEvent(new Event("frame", { bubbles: true }));
    }
}
