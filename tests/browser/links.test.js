// Every link into the book arrives, and everything has one name.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";

import { everyPage, folder, pages, Problems, site, visit } from "./book.js";
import { serve } from "./server.js";

/** What a page offers, and where it leads to. */
function survey() {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const named = (picture) =>
    picture.closest("[aria-hidden=true]") ||
    picture.getAttribute("alt") === "" ||
    ["alt", "aria-label", "aria-labelledby"].some((name) =>
      picture.getAttribute(name)?.trim(),
    ) ||
    picture.querySelector(":scope > title")?.textContent.trim();
  // The page 404 has a base, and stands at any address.
  const aim = (link) => {
    const written = link.getAttribute("href");
    return written.startsWith("#")
      ? location.href.replace(/#.*/, "") + written
      : link.href;
  };
  return {
    ids: all("[id]").map((element) => element.id),
    links: all("a[href]").map((link) => [aim(link), excerpt(link)]),
    hints: all("link[rel~=preconnect], link[rel~=dns-prefetch]").map(excerpt),
    nameless: all("img, svg[role=img], [role=img]")
      .filter((picture) => !named(picture))
      .map(excerpt),
    headings: all("main :is(h1, h2, h3, h4, h5, h6)").map((heading) => [
      Number(heading.localName[1]),
      excerpt(heading),
    ]),
  };
}

const whole = [...pages, "404.html", "print.html"];
/** What each page was found to hold. */
const surveys = new Map();

everyPage("names", whole, async (path, problems) => {
  await visit(path, { problems }, async (page, where) => {
    const found = await page.evaluate(survey);
    surveys.set(path, found);
    for (const id of found.ids) {
      const first = found.ids.indexOf(id);
      if (found.ids.lastIndexOf(id) > first) {
        problems.add(`more than one element has the id ${id}`, where);
      }
    }
    for (const picture of found.nameless) {
      problems.add(`a picture without a name: ${picture}`, where);
    }
    for (const hint of found.hints) {
      problems.add(`a hint to ask elsewhere: ${hint}`, where);
    }
    // All pages in one have all their headings.
    if (path === "print.html") return;
    const tops = found.headings.filter(([level]) => level === 1);
    if (tops.length !== 1) {
      problems.add(`${tops.length} headings of level 1, not one`, where);
    }
    let above = 0;
    for (const [level, heading] of found.headings) {
      if (level > above + 1) {
        problems.add(`level ${above} is followed by ${heading}`, where);
      }
      above = level;
    }
  });
});

describe("links", () => {
  for (const path of whole) {
    test(path, () => {
      const problems = new Problems();
      for (const [to, html] of surveys.get(path)?.links ?? []) {
        const problem = to.startsWith(site) && lost(to);
        if (problem) problems.add(`${problem}: ${html}`, path);
      }
      problems.assertNone();
    });
  }
});

/** What is wrong with an address inside of the book. */
function lost(to) {
  const url = new URL(to);
  const path = decodeURIComponent(url.pathname.slice(1)) || "index.html";
  if (!existsSync(join(folder, path))) return `no page ${path}`;
  const anchor = decodeURIComponent(url.hash.slice(1));
  if (!anchor || !surveys.has(path)) return undefined;
  const found = surveys.get(path).ids.includes(anchor);
  return found ? undefined : `${path} has nothing named ${anchor}`;
}

describe("the book stands anywhere", () => {
  const some = pages.filter((_, index) => index % 4 === 0);

  /** The pages that the links of a page lead to are below the same folder. */
  async function stays(base, path) {
    const problems = new Problems();
    await visit(base + path, { problems }, async (page, where) => {
      const { links } = await page.evaluate(survey);
      const own = new URL(base).origin;
      for (const [to, html] of links) {
        const inside = to.startsWith(base);
        const elsewhere = /^(https?|mailto):/.test(to) && !to.startsWith(own);
        if (inside || elsewhere) continue;
        problems.add(`it leads out: ${html}`, where);
      }
    });
    problems.assertNone();
  }

  test("below a path of a site", async () => {
    const base = await serve(folder, "/some/base/");
    for (const path of some) await stays(base, path);
  });

  test("as files", async () => {
    const base = pathToFileURL(folder).href + "/";
    for (const path of some) await stays(base, path);
  });
});
