// Light and dark, at rest, on paper, and without a script.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { excerptScript, everyPage, fileUrl, looks } from "./book.js";
import { pages, pageWith, Problems, visit } from "./book.js";

const theme = (page) => page.evaluate(() => document.documentElement.className);

describe("light and dark", () => {
  for (const [look, name] of Object.entries(looks)) {
    test(`${look}, as the reader's system asks`, async () => {
      await visit(pages[0], { look }, async (page) => {
        assert.match(await theme(page), new RegExp(`\\b${name}\\b`));
      });
    });
  }

  test("a figure is drawn in the colours of the page", async () => {
    const page = pageWith('class="picture-frame');
    const inks = [];
    for (const look of Object.keys(looks)) {
      await visit(page, { look }, async (page) => {
        const text = page.locator(".picture svg text").first();
        inks.push(await text.evaluate((text) => getComputedStyle(text).fill));
      });
    }
    assert.notEqual(inks[0], inks[1], "the same ink in light and in dark");
  });

  const places = { "a site": (page) => page, "a folder": fileUrl };
  for (const [place, address] of Object.entries(places)) {
    test(`a choice lasts from page to page of ${place}`, async () => {
      await visit(address(pages[1]), { look: "light" }, async (page) => {
        await page.getByRole("button", { name: "Change theme" }).click();
        const choices = page.locator("button.theme:visible");
        const names = await choices.allInnerTexts();
        assert.deepEqual(names, ["Auto", "Light", "Dark"]);
        await page.getByText("Dark", { exact: true }).click();
        assert.match(await theme(page), /\bnavy\b/);
        await page.goto(new URL(pages[2], page.url()).href);
        assert.match(await theme(page), /\bnavy\b/);
      });
    });
  }
});

/** What takes time to change its look. */
function moving() {
  const slow = (style) =>
    [style.transitionDuration, style.animationDuration]
      .flatMap((durations) => durations.split(","))
      .some((duration) => parseFloat(duration) > 0.001);
  const parts = [undefined, "::before", "::after"];
  return [...document.querySelectorAll("*")]
    .filter((element) => parts.some((p) => slow(getComputedStyle(element, p))))
    .map(excerpt);
}

test("nothing moves where the reader asks for less motion", async () => {
  const problems = new Problems();
  const options = { problems, reducedMotion: "reduce" };
  for (const path of [pages[0], pageWith('<figure class="cell')]) {
    await visit(path, options, async (page, where) => {
      for (const found of await page.evaluate(moving)) {
        problems.add(`moves: ${found}`, where);
      }
    });
  }
  problems.assertNone();
});

/** What is of no use on paper, and cells that a page's end may divide. */
function onPaper() {
  const found = [];
  const seen = (element) =>
    element.checkVisibility({ visibilityProperty: true }) &&
    element.getBoundingClientRect().width > 0;
  const useless = "button, input, nav, .buttons, .cell-head button";
  for (const element of document.querySelectorAll(useless)) {
    if (seen(element)) found.push(`on paper: ${excerpt(element)}`);
  }
  const whole = ".cell, .picture, .equation";
  for (const element of document.querySelectorAll(whole)) {
    // A cell longer than a sheet keeps its parts whole.
    const parts = [element, ...element.querySelectorAll(":scope > pre, svg")];
    const kept = (part) => /avoid/.test(getComputedStyle(part).breakInside);
    if (!parts.some(kept)) found.push(`may be divided: ${excerpt(element)}`);
  }
  return found;
}

everyPage("on paper", [...pages, "print.html"], async (path, problems) => {
  await visit(path, { problems, width: 720 }, async (page, where) => {
    await page.emulateMedia({ media: "print" });
    for (const found of await page.evaluate(onPaper)) {
      problems.add(found, where);
    }
  });
});

test("on paper, an answer does not stand below its question", async () => {
  const page = pageWith('class="solution"');
  for (const [path, summaries] of [[page, true], ["print.html", false]]) {
    await visit(path, {}, async (page) => {
      await page.emulateMedia({ media: "print" });
      await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
      const solution = page.locator("details.solution").first();
      const answer = solution.locator("summary ~ *").first();
      assert.equal(await solution.isVisible(), summaries, path);
      assert.ok(!(await answer.isVisible()), path);
    });
  }
});

test("a page with cells is printed", async () => {
  await visit(pageWith('<figure class="cell'), {}, async (page) => {
    const sheets = await page.pdf({ format: "A4" });
    assert.equal(sheets.subarray(0, 5).toString(), "%PDF-");
  });
});

/** What of a page's text and pictures a reader cannot come to see. */
function hidden() {
  const kinds = "p, pre, code, .boring, table, svg, math, h1, h2, h3, li";
  return [...document.querySelectorAll(`main :is(${kinds})`)]
    .filter((element) => {
      const aside = element.closest("details:not([open])");
      if (aside && !element.closest("summary")) return false;
      // An empty line.
      if (!element.textContent.trim() && !element.matches("svg")) return false;
      const box = element.getBoundingClientRect();
      const seen = element.checkVisibility({
        opacityProperty: true,
        visibilityProperty: true,
      });
      return !seen || box.width === 0 || box.height === 0;
    })
    .map(excerpt);
}

everyPage("without a script", pages, async (path, problems) => {
  const options = { problems, javaScriptEnabled: false };
  await visit(path, options, async (page, where) => {
    await page.evaluate(excerptScript);
    for (const found of await page.evaluate(hidden)) {
      problems.add(`not to be seen: ${found}`, where);
    }
    const contents = page.frameLocator("iframe").getByRole("link");
    if ((await contents.count()) < pages.length - 1) {
      problems.add("no table of contents", where);
    }
  });
});
