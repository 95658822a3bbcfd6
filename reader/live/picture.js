// A picture that a cell has drawn, as a part of the page: what may only be
// seen, and does nothing.

const ELEMENTS = new Set([
    "svg", "g", "defs", "symbol", "use", "title", "desc", "path", "line",
    "polyline", "polygon", "rect", "circle", "ellipse", "text", "tspan",
    "image", "mask", "clipPath", "marker", "pattern", "linearGradient",
    "radialGradient", "stop",
]);

/** Its own text, an event's script, and what another style may go by. */
const ATTRIBUTES = /^(?:on|class$|role$|aria-|tabindex$|xml:base$)/i;

const IMAGE = /^data:image\/(?:png|jpeg|gif|webp);base64,/;

let pictures = 0;

/** Whether a value leads to something in the picture, or nowhere. */
const isInside = (value) => !/[\\@]|image-set/i.test(value)
    && !/url\(\s*["']?(?!\s*["']?#)/i.test(value);

const clean = (element, suffix) => {
    for (const { name, value } of [...element.attributes]) {
        const isLink = name === "href" || name === "xlink:href";
        const isKept = isLink
            ? value.startsWith("#") || IMAGE.test(value)
            : !ATTRIBUTES.test(name) && isInside(value);
        if (!isKept) element.removeAttribute(name);
        else if (name === "id" || (isLink && value[0] === "#"))
            element.setAttribute(name, value + suffix);
        else if (value.includes("url("))
            element.setAttribute(name, value.replace(
                /url\(\s*["']?#([^"')\s]*)["']?\s*\)/gi, `url(#$1${suffix})`));
    }
    for (const child of [...element.children]) {
        const isKnown = ELEMENTS.has(child.localName)
            && child.namespaceURI === "http://www.w3.org/2000/svg";
        if (isKnown) clean(child, suffix);
        else child.remove();
    }
};

/** The picture as an element, or nothing where it is none. */
export const picture = (svg, label) => {
    const parsed = new DOMParser().parseFromString(svg, "image/svg+xml");
    const root = parsed.documentElement;
    if (root.localName !== "svg" || parsed.querySelector("parsererror")) return;
    // Ids are the page's: those of two pictures differ.
    clean(root, `-live-${++pictures}`);
    root.removeAttribute("style");
    root.setAttribute("role", "img");
    root.setAttribute("aria-label", label);
    return document.importNode(root, true);
};
