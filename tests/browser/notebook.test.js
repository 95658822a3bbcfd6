// `cargo book` as a notebook: what a reader meets who changes a cell and runs
// it, from the button to the compiler and back.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { after, test } from "node:test";

import { violations } from "./axe.js";
import { pageWith, root, visit } from "./book.js";

/** Enough for a busy machine, on which the first run may build. */
const SOON = 120_000;

/** Starts the server; resolves to the address that it gives its reader. */
async function start() {
  const words = ["book", "--no-open", "--port", "0", "--offline"];
  const server = spawn("cargo", words, {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  after(() => server.kill());
  for await (const line of createInterface({ input: server.stdout })) {
    const [address] = /http:\S+/.exec(line) ?? [];
    if (address) return new URL(address);
  }
  throw new Error("`cargo book` ended");
}

const address = await start();

/** Visits a page, whose first cell that prints is `cell`. */
function read(path, body) {
  const url = new URL(path + address.search, address);
  return visit(url, { name: `${path}, live` }, async (page) => {
    page.setDefaultTimeout(SOON);
    await page.locator(".live-bar").waitFor();
    const cell = page.locator("figure.cell:has(.cell-output)").first();
    await body(page, cell);
  });
}

const MOD = "ControlOrMeta";
const run = (cell) => cell.getByRole("button", { name: "Run", exact: true });
const says = (cell, words) =>
  cell.locator(".live-line", { hasText: words }).waitFor();

/** Writes this in place of a cell's code, and runs it. */
async function change(page, cell, code) {
  const button = cell.getByRole("button", { name: "Edit", exact: true });
  if (await button.isVisible()) await button.press("Enter");
  await cell.getByRole("textbox", { name: /^Code of/ }).focus();
  await page.keyboard.press(`${MOD}+a`);
  await page.keyboard.insertText(code);
  await page.keyboard.press(`${MOD}+Enter`);
}

test("the address has the token, and loses it", async () => {
  await read("simple-layers.html", async (page) => {
    assert.equal(new URL(page.url()).search, "");
    assert.equal(await page.evaluate(() => document.cookie), "");
  });
});

test("without the token, the page is read", async () => {
  const url = new URL("simple-layers.html", address);
  await visit(url, { name: "simple-layers.html" }, async (page) => {
    await page.getByText("the address that it prints").waitFor();
    assert.equal(await page.locator(".live-bar").count(), 0);
  });
});

test("a cell prints what the book has", async () => {
  await read("simple-layers.html", async (page, cell) => {
    await run(cell).click();
    await says(cell, /Yours.*as in the book/);
  });
});

test("a changed cell, an error, a panic, and the way back", async () => {
  await read("simple-layers.html", async (page, cell) => {
    await change(page, cell, 'println!("{}", 6 * 7);\n1.5');
    await says(cell, "differs from the book");
    const printed = cell.locator(".live-result > pre");
    assert.equal(await printed.textContent(), "42\n1.5\n");
    await change(page, cell, 'let six: u8 = "six";');
    await cell.getByText("mismatched types").first().waitFor();
    await change(page, cell, 'panic!("seven");');
    await cell.getByText("seven").first().waitFor();
  });
});

test("what is printed comes as it is, and can be stopped", async () => {
  await read("simple-layers.html", async (page, cell) => {
    await change(page, cell, 'println!("begun");\nloop {}');
    await cell.getByText("begun", { exact: true }).first().waitFor();
    await cell.getByText("running", { exact: true }).waitFor();
    assert.deepEqual(await violations(page), []);
    const stop = cell.getByRole("button", { name: "Stop", exact: true });
    await stop.click();
    await says(cell, /stopped/i);
    await run(cell).click();
    await cell.getByText("running", { exact: true }).waitFor();
    await cell.getByRole("button", { name: "Reset", exact: true }).click();
    await page.getByText("In 1 is as in the book.").waitFor();
    await cell.locator(".live-line").waitFor({ state: "detached" });
    assert.equal(await page.locator(".live-busy").count(), 0);
  });
});

test("a change outlives the page, and what is below it is stale", async () => {
  await read("simple-layers.html", async (page, cell) => {
    const stale = page.getByText("stale: a cell above was changed");
    const code = await cell.locator("code").first().innerText();
    await change(page, cell, `${code.trimEnd()}\nprintln!("mine");`);
    await says(cell, "differs from the book");
    await stale.first().waitFor();
    await page.reload();
    await cell.getByText("mine", { exact: true }).waitFor();
    const more = cell.getByRole("button", { name: "More for In" });
    await more.click();
    await page.getByRole("button", { name: "Run section" }).click();
    await stale.first().waitFor({ state: "detached" });
    const below = page.locator("figure.cell").nth(1);
    await says(below, "as in the book");
    await cell.getByRole("button", { name: "Reset", exact: true }).click();
    await stale.first().waitFor();
    await cell.getByText("mine").first().waitFor({ state: "hidden" });
  });
});

test("an answer is checked, and what is solved stays marked", async () => {
  const path = pageWith('class="cell starter"', "A cold start");
  await read(path, async (page) => {
    const exercise = page.locator(".exercise", { hasText: "A cold start" });
    const starter = exercise.locator(".starter");
    const check = starter.getByRole("button", { name: "Check", exact: true });
    const answer = (body) => `fn length(t: i32) -> f64 {\n    ${body}\n}`;
    await check.click();
    await says(starter, "panicked");
    await starter.getByText("not yet implemented").waitFor();
    await change(page, starter, answer('println!("mine"); 1.0'));
    await says(starter, "does not pass the check");
    await starter.getByText("step 1 is 3.162 times the rate").waitFor();
    await starter.getByText("mine", { exact: true }).waitFor();
    assert.deepEqual(await violations(page), []);
    // What the check says, and not how it is written.
    await change(page, starter, "fn other() {}");
    await starter.getByText("cannot find function `length`").waitFor();
    const shown = await starter.locator(".live-result").textContent();
    assert.ok(!shown.includes("assert"), shown);
    // At the page's end, nothing moves under the hand.
    await starter.getByRole("textbox", { name: /^Code of/ }).focus();
    await page.keyboard.press(`${MOD}+a`);
    await page.keyboard.insertText(answer(
      "(1.0 - 0.9_f64.powi(t)) / (1.0 - 0.999_f64.powi(t)).sqrt()",
    ));
    await check.click();
    await says(starter, "passes the check");
    await page.reload();
    await exercise.getByText("✓ solved").waitFor();
    // All of a page is what the book says, and not its exercises.
    assert.equal(await page.locator(".live-solved").count(), 1);
  });
});

test("a cell that runs answers its guess", async () => {
  await read(pageWith('class="guess"'), async (page) => {
    const cell = page.locator(".cell.guessed").first();
    const guess = page.locator(".guess").first();
    await guess.getByRole("button", { name: "Guess", exact: true }).waitFor();
    await run(cell).click();
    await says(cell, "as in the book");
    await guess.getByText(/^It is/).waitFor();
  });
});

test("all of it by the keyboard", async () => {
  await read("simple-layers.html", async (page, cell) => {
    const { keyboard } = page;
    const focused = (name) =>
      page.waitForFunction((it) => document.activeElement.matches(it), name);
    // From the last link before the cell.
    await cell.locator(".cell-number").focus();
    await keyboard.press("Tab");
    await keyboard.press("Tab");
    await keyboard.press("Enter");
    await focused(".cm-content");
    await keyboard.press(`${MOD}+End`);
    await keyboard.type('println!("typed")\n');
    await keyboard.press("Escape");
    await focused("figure.cell");
    await keyboard.press("Shift+Enter");
    await cell.getByText("typed", { exact: true }).waitFor();
    const next = page.locator("figure.cell").nth(1);
    assert.ok(await next.evaluate((it) => it === document.activeElement));
  });
});
