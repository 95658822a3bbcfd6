// What the tests share: the rendered book, a browser, and visits to pages.

import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { after, describe, test } from "node:test";
import { pathToFileURL } from "node:url";

import { chromium } from "playwright-core";

import { serve } from "./server.js";

/** The checkout, and the rendered book: `BOOK`, or `target/book`. */
export const root = resolve(import.meta.dirname, "../..");
export const folder = resolve(process.env.BOOK ?? join(root, "target/book"));

if (!existsSync(join(folder, "toc.html"))) {
  console.error(`${folder} holds no book: run \`cargo book build\``);
  process.exit(1);
}

/** The pages of the table of contents, after the one a reader opens. */
export const pages = ["index.html"];
for (const [, page] of text("toc.html").matchAll(/<a href="([^"#]+)"/g)) {
  if (!pages.includes(page)) pages.push(page);
}

/** The two looks, by what the reader's system asks for, and their classes. */
export const looks = { light: "light", dark: "navy" };

/** A phone held upright, and a desk. */
export const widths = [360, 1280];

/** The book's address on a server at the root. */
export const site = await serve(folder);

const browser = await launch(3);
after(() => browser.close());

/** Starts Chromium. It dies at its start now and then, so that is tried again. */
async function launch(tries) {
  const options = {
    executablePath: chromiumPath(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-default-apps",
      "--disable-sync",
      "--no-first-run",
      // A request that leaves the machine fails, and a visit reports it.
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  };
  for (;;) {
    tries -= 1;
    try {
      return await chromium.launch(options);
    } catch (error) {
      if (tries === 0) throw error;
    }
  }
}

function chromiumPath() {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const folders = (process.env.PATH ?? "").split(delimiter);
  const places = folders.flatMap((place) => names.map((n) => join(place, n)));
  if (process.env.CHROMIUM) places.unshift(process.env.CHROMIUM);
  const found = places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found) return found;
  console.error("no Chromium: install `chromium`, or name one in $CHROMIUM");
  process.exit(1);
}

/** The text of a file of the book. */
export function text(path) {
  return readFileSync(join(folder, path), "utf8");
}

/** The first page whose HTML has all of this. */
export function pageWith(...parts) {
  const holds = (page) => parts.every((part) => text(page).includes(part));
  const found = pages.find(holds);
  if (!found) throw new Error(`no page of the book has ${parts.join(", ")}`);
  return found;
}

/** The address of a page as a file. */
export function fileUrl(page) {
  return pathToFileURL(join(folder, page)).href;
}

/** Gives the pages `excerpt(element)`: the start of its HTML, on one line. */
export const excerptScript = `
  window.excerpt = (element) => {
    const shell = element.cloneNode(false).outerHTML;
    const words = element.textContent.trim().slice(0, 40);
    return (shell.slice(0, 160) + " " + words).replace(/\\s+/g, " ").trim();
  };
`;

/** What a test finds wrong: each finding once, with all places where it is. */
export class Problems {
  #places = new Map();

  add(what, where = "") {
    const places = this.#places.get(what) ?? [];
    if (!places.includes(where)) places.push(where);
    this.#places.set(what, places);
  }

  /** Fails where something was found. */
  assertNone() {
    if (this.#places.size === 0) return;
    const findings = [...this.#places].map(
      ([what, places]) => `${what}\n    at ${places.join(" | ")}`,
    );
    const more = findings.length - 20;
    if (more > 0) findings.splice(20, more, `and ${more} more`);
    const error = new Error(findings.join("\n"));
    // Where it is thrown says nothing.
    error.stack = error.message;
    throw error;
  }
}

/**
 * Opens pages in a context of their own, and closes it. Whatever a page
 * complains of on the console, every request that fails, and every request to
 * another origin, is a problem.
 *
 * `options`: `look`, `width`, `name` in place of the address, `problems` to add
 * to (otherwise a problem fails the visit), and those of a Playwright context.
 * `read` is called with the page and, in words, where that is.
 */
export async function visit(address, options, read) {
  const { look = "light", width = 1280, name, ...others } = options;
  const { problems = new Problems(), ...rest } = others;
  const url = new URL(address, site);
  const path = name ?? decodeURIComponent(url.pathname.slice(1));
  const where = `${path}, ${look}, ${width} wide`;
  const add = (what) => problems.add(what, where);
  const context = await browser.newContext({
    colorScheme: look,
    viewport: { width, height: 800 },
    ...rest,
  });
  context.setDefaultTimeout(10_000);
  context.on("console", (message) => {
    const kind = message.type();
    const from = message.location().url;
    if (kind === "error" || kind === "warning") {
      add(`console ${kind}: ${message.text()} (${from})`);
    }
  });
  context.on("weberror", (found) => add(`script: ${found.error().stack}`));
  context.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    const own = protocol === url.protocol && origin === url.origin;
    const inline = protocol === "data:" || protocol === "blob:";
    if (!own && !inline) add(`a request elsewhere: ${request.url()}`);
  });
  context.on("requestfailed", (request) => {
    const reason = request.failure()?.errorText;
    // A page that is left ends what it was waiting for.
    if (reason !== "net::ERR_ABORTED") add(`${reason}: ${request.url()}`);
  });
  context.on("response", (response) => {
    if (response.status() >= 400) {
      add(`status ${response.status()}: ${response.url()}`);
    }
  });
  try {
    const page = await context.newPage();
    // A printed page would wait for a dialogue.
    await page.addInitScript(() => (window.print = () => {}));
    await page.addInitScript(excerptScript);
    await page.goto(url.href);
    await page.evaluate(() => document.fonts.ready.then(() => {}));
    await read?.(page, where);
  } finally {
    await context.close();
  }
  if (!options.problems) problems.assertNone();
}

/** A test for each page, two at a time; `check` adds to the problems. */
export function everyPage(name, list, check) {
  describe(name, { concurrency: 2 }, () => {
    for (const path of list) {
      test(path, async (t) => {
        const problems = new Problems();
        await check(path, problems, t);
        problems.assertNone();
      });
    }
  });
}
