// Guesses: what a cell prints is hidden until its reader has answered, or asks.

import assert from "node:assert/strict";
import { test } from "node:test";

import { violations } from "./axe.js";
import { fileUrl, looks, pages, text, visit, widths } from "./book.js";

/** The first page with a guess of this kind. */
function pageOf(kind, list) {
  const found = pages.find((page) => list.test(text(page)));
  if (!found) throw new Error(`no page of the book has a guess of ${kind}`);
  return found;
}

const item = '<li><input disabled="" type="checkbox"[^>]*>.*</li>\\n';
const end = '</ul>\\n<div class="guess-act">';
const path = pageOf("choices", new RegExp(`(?:${item}){2}${end}`));
const typed = pageOf("a number", new RegExp(`<ul>\\n${item}${end}`));
const button = (guess, name) =>
  guess.getByRole("button", { name, exact: true });

/** Visits the page, whose first guess has choices. */
function read(options, body) {
  return visit(path, { name: path, ...options }, async (page) => {
    const guess = page.locator(".guess:has([type=radio])").first();
    const at = await guess.evaluate((it) =>
      [...document.querySelectorAll(".guess")].indexOf(it));
    const cell = page.locator(".cell.guessed").nth(at);
    await body(page, guess, cell.locator(".cell-output > pre"));
  });
}

test("a wrong choice shows both, and can be taken back", async () => {
  await read({}, async (page, guess, output) => {
    assert.ok(!(await output.isVisible()));
    await button(guess, "Guess").click();
    await guess.getByText("Choose one of these.").waitFor();
    assert.ok(!(await output.isVisible()));
    await guess.getByRole("radio").first().check();
    await button(guess, "Guess").click();
    await guess.getByRole("status").getByText(/^Your guess was .*; it is/)
      .waitFor();
    assert.ok(await output.isVisible());
    assert.equal(await guess.locator(".guess-right").count(), 1);
    // It is kept.
    await page.reload();
    await guess.getByText(/^Your guess was/).waitFor();
    assert.ok(await output.isVisible());
    await button(guess, "Guess again").click();
    assert.ok(!(await output.isVisible()));
    await page.reload();
    await button(guess, "Show me").waitFor();
    assert.ok(!(await output.isVisible()));
  });
});

test("the right choice, by the keyboard alone", async () => {
  await read({}, async (page, guess, output) => {
    const { keyboard } = page;
    await button(guess, "Show me").press("Enter");
    const right = await guess.locator("li").evaluateAll((items) =>
      items.findIndex((it) => it.matches(".guess-right")));
    await button(guess, "Guess again").press("Enter");
    await keyboard.press("Space");
    for (let at = 0; at < right; at += 1) await keyboard.press("ArrowDown");
    await keyboard.press("Enter");
    await guess.getByRole("status").getByText(/^Right/).waitFor();
    assert.ok(await output.isVisible());
    await keyboard.press("Tab");
    await keyboard.press("Enter");
    assert.ok(!(await output.isVisible()));
  });
});

test("who asks is shown, and stays where the buttons are", async () => {
  await read({}, async (page, guess, output) => {
    await button(guess, "Show me").press("Enter");
    await guess.getByText(/^It is/).waitFor();
    assert.ok(await output.isVisible());
    const focused = await page.evaluate(() =>
      document.activeElement.textContent);
    assert.equal(focused, "Guess again");
  });
});

test("a number is right to the digits of the book", async () => {
  await visit(typed, { name: typed }, async (page) => {
    const guess = page.locator(".guess:has([type=text])").first();
    const said = guess.getByRole("status");
    const field = guess.getByRole("textbox");
    const answer = async (text) => {
      await field.fill(text);
      await field.press("Enter");
      return said.textContent();
    };
    assert.match(await answer("so much"), /^Type a number/);
    assert.match(await answer("-7e3"), /^Your guess was -7e3; it is/);
    const [, right] = /it is (\S+)\.$/.exec(await said.textContent());
    const again = [right, right.replace(".", ",")];
    // With more digits than the book has, it is near enough, or it is not.
    const other = [right.startsWith("-") ? right.slice(1) : `-${right}`];
    if (right.includes(".")) {
      again.push(`${right}4`);
      other.push(`${right}6`);
    }
    for (const text of again) {
      await button(guess, "Guess again").click();
      assert.match(await answer(text), /^Right/, text);
    }
    for (const text of other) {
      await button(guess, "Guess again").click();
      assert.match(await answer(text), /^Your guess|^Type/, text);
    }
  });
});

test("nothing moves when the script comes, nor when one answers", async () => {
  for (const width of widths) {
    const heights = (page) => page.locator(".guess").evaluateAll((all) =>
      all.map((it) => it.nextElementSibling.getBoundingClientRect().top
        - it.getBoundingClientRect().top));
    await visit(path, { width }, async (page) => {
      const dressed = await heights(page);
      await page.locator(".guess").first()
        .getByRole("button", { name: "Show me" }).click();
      assert.deepEqual(await heights(page), dressed);
      await page.route(/page\b[^/]*\.js$/, (route) =>
        route.fulfill({ body: "", contentType: "text/javascript" }));
      await page.reload();
      assert.equal(await page.locator(".guess form").count(), 0);
      assert.deepEqual(await heights(page), dressed);
    });
  }
});

test("without script, and on paper, all is there", async () => {
  const plain = { javaScriptEnabled: false, name: path };
  await visit(fileUrl(path), plain, async (page) => {
    const output = page.locator(".guessed > .cell-output > pre").first();
    assert.ok(await output.isVisible());
  });
  await read({}, async (page, guess, output) => {
    assert.ok(!(await output.isVisible()));
    await page.emulateMedia({ media: "print" });
    assert.ok(await output.isVisible());
    assert.ok(!(await button(guess, "Guess").isVisible()));
  });
});

test("it works where the browser keeps nothing", async () => {
  await visit(path, { name: path }, async (page) => {
    await page.addInitScript(() =>
      Object.defineProperty(window, "localStorage", {
        get() {
          throw new DOMException("no storage", "SecurityError");
        },
      }));
    await page.reload();
    const guess = page.locator(".guess").first();
    await button(guess, "Show me").click();
    await guess.getByText(/^It is/).waitFor();
  });
});

test("axe finds nothing, open or answered", async () => {
  for (const look of Object.keys(looks)) {
    await read({ look }, async (page, guess) => {
      assert.deepEqual(await violations(page), []);
      await guess.getByRole("radio").first().check();
      await button(guess, "Guess").click();
      assert.deepEqual(await violations(page), []);
    });
  }
});
