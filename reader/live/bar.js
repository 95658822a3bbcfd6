// The one place that says what is running, with what concerns the whole page.

import { button, make, menu } from "./dom.js";

const KEYS = "Shift+Enter runs, Ctrl+Enter stays, Esc leaves the editor; "
    + "Tab indents once you have typed.";

export class Bar {
    #state = make("span", { role: "status" });
    // Changes often: not read aloud.
    #detail = make("span", { class: "live-detail", "aria-hidden": true });
    #offer = make("span");
    #hint = make("p", { id: "live-hint", class: "live-hint" }, KEYS);
    #stop;

    constructor({ stop, run, items }) {
        this.#stop = button("Stop", stop, { "aria-disabled": true });
        this.#hint.hidden = true;
        const own = { class: "live-bar", "aria-label": "Running cells" };
        this.element = make("section", own,
            make("p", {}, this.#state, this.#detail, this.#offer),
            make("div", { class: "live-buttons" }, this.#stop,
                button("Run page", run), ...menu("More for this page", items)),
            this.#hint);
    }

    /** Says a state, once; `heard` is added for those who do not see it. */
    say(text, heard = "") {
        const added = make("span", { class: "only-heard" }, heard);
        this.#state.replaceChildren(text, ...(heard ? [added] : []));
        this.detail("");
        this.#offer.replaceChildren();
    }

    detail(text) {
        this.#detail.textContent = text;
    }

    /** A button beside what was said. */
    offer(text, act) {
        this.#offer.replaceChildren(button(text, () => {
            this.say("");
            act();
        }));
    }

    set isBusy(isBusy) {
        this.#stop.setAttribute("aria-disabled", !isBusy);
        this.element.classList.toggle("live-busy", isBusy);
    }

    set hint(isShown) {
        this.#hint.hidden = !isShown;
    }
}
