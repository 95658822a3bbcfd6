// Everything can be done with the keyboard, and seen to be done.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { everyPage, pages, pageWith, visit } from "./book.js";

/** Notes all that a reader can act on, as it looks before it has the focus. */
function prepare() {
  const ACTS = "a[href], button, input, select, textarea, summary, [tabindex]";
  const shown = (element) =>
    element.checkVisibility({ visibilityProperty: true }) &&
    element.getBoundingClientRect().width > 0;
  // A label is pressed in place of what it names.
  const alone = (label) => label.control && !shown(label.control);
  // Of choices, Tab reaches one, and arrows the others.
  const first = ({ name }) => document.getElementsByName(name)[0];
  const acts = (element) =>
    element.localName === "label"
      ? alone(element)
      : !element.disabled &&
        element.getAttribute("tabindex") !== "-1" &&
        (element.type !== "radio" || element === first(element));
  const look = (element) => {
    const style = getComputedStyle(element);
    const ring = style.outlineStyle !== "none" && style.outline;
    const { backgroundColor, borderColor, boxShadow } = style;
    return [ring, boxShadow, borderColor, backgroundColor].join();
  };
  window.acting = [...document.querySelectorAll(`${ACTS}, label`)]
    .filter((element) => shown(element) && acts(element))
    .map((element) => ({ element, before: look(element), after: undefined }));
  document.addEventListener("focusin", ({ target }) => {
    const found = acting.find(({ element }) => element === target);
    if (found) found.after = look(target);
  });
  return acting.length;
}

/** Whether all was reached. */
function isDone() {
  return acting.every(({ after }) => after !== undefined);
}

/** What was not reached, and what does not show that it was. */
function missed() {
  return acting.flatMap(({ element, before, after }) => {
    if (after === undefined) {
      return [`Tab does not reach ${excerpt(element)}`];
    }
    return after === before ? [`no sign of focus: ${excerpt(element)}`] : [];
  });
}

everyPage("Tab", pages, async (path, problems) => {
  for (const [look, width] of [
    ["light", 1280],
    ["dark", 360],
  ]) {
    const options = { look, width, problems, reducedMotion: "reduce" };
    await visit(path, options, async (page, where) => {
      const count = await page.evaluate(prepare);
      // There is more to stop at: what shows itself only when it has the
      // focus, and what the browser itself lets the keyboard scroll.
      const most = 2 * count + 20;
      for (let presses = 0; presses < most; presses += 1) {
        await page.keyboard.press("Tab");
        if (presses % 20 === 19 && (await page.evaluate(isDone))) break;
      }
      for (const found of await page.evaluate(missed)) {
        problems.add(found, where);
      }
    });
  }
});

/** Opens the first page that has all of `parts`. */
function visitWith(parts, read, options = {}) {
  return visit(pageWith(...parts), options, read);
}

describe("keys", () => {
  test("a cell's code is copied", async () => {
    const options = { permissions: ["clipboard-read", "clipboard-write"] };
    const read = async (page) => {
      const cell = page.locator(".cell").first();
      const button = cell.locator(".cell-head button").last();
      const code = await cell.locator("pre > code").first().innerText();
      for (const key of ["Enter", "Space"]) {
        await page.evaluate(() => navigator.clipboard.writeText(""));
        await button.press(key);
        await page.waitForFunction(() => navigator.clipboard.readText());
        const read = () => navigator.clipboard.readText();
        const copied = await page.evaluate(read);
        assert.equal(copied.trim(), code.trim(), `copied by ${key}`);
      }
    };
    await visitWith(['<figure class="cell'], read, options);
  });

  test("an aside opens and closes", async () => {
    await visitWith(["<details", "<summary"], async (page) => {
      const aside = page.locator("main details").first();
      const summary = aside.locator("> summary");
      for (const key of ["Enter", "Space"]) {
        const before = await aside.evaluate((details) => details.open);
        await summary.press(key);
        const after = await aside.evaluate((details) => details.open);
        assert.notEqual(after, before, `${key} on a summary`);
      }
    });
  });

  test("the table of contents opens and closes", async () => {
    await visit(pages[0], { reducedMotion: "reduce" }, async (page) => {
      const button = page.locator("#sidebar-toggle");
      // A closed one may be moved out of the window rather than hidden.
      const isOpen = (open) =>
        page.waitForFunction((open) => {
          const link = document.querySelector("#mdbook-sidebar a");
          return link.getBoundingClientRect().right > 0 === open;
        }, open);
      for (const key of ["Enter", "Space"]) {
        await isOpen(true);
        await button.press(key);
        await isOpen(false);
        await button.press(key);
      }
    });
  });

  for (const key of ["/", "s"]) {
    test(`${key} opens the search, which leads to a page`, async () => {
      await visit(pages[0], {}, async (page) => {
        await page.keyboard.press(key);
        const input = page.getByRole("searchbox");
        await input.waitFor({ state: "visible" });
        await input.pressSequentially("gradient");
        const result = page.locator("#mdbook-searchresults a");
        await result.first().waitFor();
        await page.keyboard.press("ArrowDown");
        const focused = page.locator("#mdbook-searchresults .focus a");
        const to = await focused.evaluate((link) => link.href);
        await page.keyboard.press("Enter");
        await page.waitForURL(to);
        const words = await page.locator("main").innerText();
        assert.match(words, /gradient/i);
      });
    });
  }

  test("an arrow turns the page", async () => {
    await visit(pages[1], {}, async (page) => {
      await page.keyboard.press("ArrowRight");
      await page.waitForURL(`**/${pages[2]}`);
      await page.keyboard.press("ArrowLeft");
      await page.waitForURL(`**/${pages[1]}`);
    });
  });
});

describe("an arrow does not turn the page", () => {
  const frames = {
    "a cell's code": ['<figure class="cell', ".cell > pre > code"],
    "an equation": ['class="equation', ".equation"],
    "a figure": ['class="picture-frame', ".picture-frame"],
  };
  for (const [name, [part, selector]] of Object.entries(frames)) {
    test(`with ${name} in focus`, async () => {
      const read = async (page) => {
        // Whether it scrolls, and so takes the focus, is up to its width.
        await page.locator(selector).first().evaluate((frame) => {
          frame.tabIndex = 0;
          frame.focus();
        });
        await stays(page);
      };
      await visitWith([part], read, { width: 360 });
    });

    test(`with ${name} selected`, async () => {
      await visitWith([part], async (page) => {
        await page.locator(selector).first().evaluate((frame) => {
          getSelection().selectAllChildren(frame);
        });
        await stays(page);
      });
    });
  }

  async function stays(page) {
    const before = page.url();
    await page.keyboard.press("ArrowRight");
    await page.waitForTimeout(200);
    assert.equal(page.url(), before);
  }
});
