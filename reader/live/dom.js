// Elements, buttons and menus.

/** An element; a child may be a text, or nothing. */
export const make = (name, attributes = {}, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes))
        element.setAttribute(key, value);
    element.append(...children.filter((child) => child != null));
    return element;
};

export const button = (text, click, attributes = {}) => {
    const kind = { type: "button", class: "cell-button", ...attributes };
    const made = make("button", kind, text);
    made.addEventListener("click", click);
    return made;
};

let menus = 0;

/**
 * A button that opens a list of actions. `items` is asked for them each time:
 * pairs of a text and what it does.
 */
export const menu = (label, items) => {
    const id = `live-menu-${++menus}`;
    const list = make("ul", { id, popover: "", class: "live-menu" });
    const opener = make("button", {
        type: "button",
        class: "cell-button live-more",
        popovertarget: id,
        "aria-label": label,
        title: label,
    }, "⋯");
    // Below its button, or above it; also while the page scrolls.
    const lay = () => {
        const { top, bottom, right } = opener.getBoundingClientRect();
        const isLow = top > innerHeight / 2;
        const { clientWidth } = document.documentElement;
        list.style.right = `${clientWidth - right}px`;
        list.style.top = isLow ? "auto" : `${bottom}px`;
        list.style.bottom = isLow ? `${innerHeight - top}px` : "auto";
    };
    list.addEventListener("beforetoggle", ({ newState }) => {
        if (newState === "closed") return removeEventListener("scroll", lay);
        addEventListener("scroll", lay);
        lay();
        list.replaceChildren(...items().map(([text, act]) => {
            const item = button(text, () => {
                list.hidePopover();
                act();
            });
            return make("li", {}, item);
        }));
    });
    return [opener, list];
};

/** Copies a text; says whether it could. */
export const copy = async (text) => {
    try {
        await navigator.clipboard.writeText(text);
        return true;
    } catch {
        return false;
    }
};

/** A word with its number: "1 line", "2 lines". */
export const count = (number, word) =>
    `${number} ${word}${number === 1 ? "" : "s"}`;
