// `cargo book` on a copy of the book: an open page follows its source.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync } from "node:fs";
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { root, visit } from "./book.js";

/** Enough for a busy machine; a reader waits for a third of it. */
const SOON = 5000;

const copy = mkdtempSync(join(tmpdir(), "book-"));
after(() => rmSync(copy, { recursive: true, force: true }));
const apart = /^(target|data|\.git|tests\/browser)(\/|$)/;
cpSync(root, copy, {
  recursive: true,
  filter: (source) => !apart.test(relative(root, source)),
});

const source = join(copy, "chapters/preface.md");
const good = readFileSync(source, "utf8");

/** Starts the server; resolves to its address. */
async function start() {
  // The copy is read; to run its cells would be to build all of it.
  const words = ["book", "--no-open", "--port", "0", "--offline", "--no-run"];
  const server = spawn("cargo", [...words, "--root", copy], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  after(() => server.kill());
  let said = "";
  server.stderr.on("data", (data) => (said += data));
  for await (const line of createInterface({ input: server.stdout })) {
    const [address] = /http:\S+/.exec(line) ?? [];
    if (address) return address;
  }
  throw new Error(`\`cargo book\` ended: ${said}`);
}

const address = await start();

/** Visits the page in its first state. */
async function follow(read, options = {}) {
  writeFileSync(source, good);
  const url = `${address}preface.html`;
  // A page of the test before would load itself again while it is opened.
  const old = async () => {
    const served = await fetch(url);
    return (await served.text()).includes("A first edit.");
  };
  while (await old()) await sleep(50);
  await visit(url, { ...options, name: "preface.html, live" }, read);
}

test("an edit is seen, and the page stays where it is", async (t) => {
  await follow(async (page) => {
    const heading = page.locator("main h2").last();
    await heading.evaluate((element) => element.scrollIntoView());
    const before = await heading.boundingBox();
    const start = performance.now();
    writeFileSync(source, `${good}\nA first edit.\n`);
    const edit = page.getByText("A first edit.");
    await edit.waitFor({ timeout: SOON });
    t.diagnostic(`seen after ${Math.round(performance.now() - start)} ms`);
    await page.waitForLoadState();
    await page.waitForTimeout(200);
    const now = await page.locator("main h2").last().boundingBox();
    const moved = Math.abs(now.y - before.y);
    assert.ok(moved < 5, `the page moved by ${moved}`);
  });
});

test("a page that cannot be rendered says so, until it is mended", async () => {
  await follow(async (page) => {
    const words = await page.locator("main h1").innerText();
    writeFileSync(source, `${good}\nThis is no formula: $\\nosuch$.\n`);
    const alert = page.getByRole("alert");
    await alert.getByText(/preface\.md:\d+/).waitFor({ timeout: SOON });
    assert.equal(await page.locator("main h1").innerText(), words);
    writeFileSync(source, good);
    await alert.waitFor({ state: "detached", timeout: SOON });
    assert.equal(await page.locator("main h1").innerText(), words);
  });
});

test("hidden lines are shown, hidden again, and never copied", async () => {
  const cell = "```rust,no_run\n# let hidden = 1;\nlet seen = 2;\n```\n";
  const permissions = ["clipboard-read", "clipboard-write"];
  await follow(async (page) => {
    writeFileSync(source, `${good}\n## Folded\n\n${cell}`);
    const line = page.locator(".boring", { hasText: "let hidden" });
    await line.waitFor({ state: "attached", timeout: SOON });
    await page.waitForLoadState();
    const head = page.locator(".cell", { has: line }).locator(".cell-head");
    const button = head.locator("button[aria-expanded]");
    for (const key of ["Enter", "Space"]) {
      await line.waitFor({ state: "hidden" });
      assert.equal(await button.innerText(), "1 hidden line");
      await button.press(key);
      await line.waitFor({ state: "visible" });
      assert.equal(await button.getAttribute("aria-expanded"), "true");
      await button.press(key);
    }
    await head.getByText("Copy", { exact: true }).press("Enter");
    await head.getByText("Copied").waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal(copied.trim(), "let seen = 2;");
  }, { permissions });
});
