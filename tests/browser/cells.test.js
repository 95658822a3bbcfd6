// Cells that are changed and run on the page, as a reader does it.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { violations } from "./axe.js";
import { looks, pages, pageWith, text, visit, widths } from "./book.js";
import { cellsOf, serveLive } from "./mock.js";

/** Enough for a busy machine. */
const SOON = 10_000;

const live = await serveLive();

/** A page with a section of three cells that run, one below the other. */
const path = (() => {
  const isThree = (html) => {
    const runs = cellsOf(html).filter(({ kind }) => kind === "run");
    const sections = runs.map(({ section }) => section);
    return sections.some((it, at) => it === sections[at + 2]);
  };
  return pages.find((page) => isThree(text(page)));
})();
const infos = cellsOf(text(path));
const first = infos.findIndex(
  ({ section, output, hidden }, at) =>
    output && !hidden.length && infos[at + 2]?.section === section,
);

/** The mod key, by what the system calls it. */
const MOD = "ControlOrMeta";

/** Visits a page with live cells; `cell(i)` is one of the section. */
function visitLive(read, options = {}) {
  const { page: address = path, ...rest } = options;
  return visit(new URL(address, live.site), rest, async (page, where) => {
    await page.locator(".live-bar").waitFor({ timeout: SOON });
    const at = (index) => page.locator(`[id="${infos[first + index].anchor}"]`);
    await read(page, at, where);
  });
}

/** Opens a cell's editor, with the caret at its end. */
async function edit(page, cell) {
  const button = cell.getByRole("button", { name: "Edit", exact: true });
  if (await button.isVisible()) await button.press("Enter");
  const editor = cell.getByRole("textbox", { name: /^Code of/ });
  await editor.focus();
  await page.keyboard.press(`${MOD}+End`);
  return editor;
}

/** Writes below a cell's code. */
async function add(page, cell, code) {
  await edit(page, cell);
  await page.keyboard.press("Enter");
  await page.keyboard.insertText(code);
}

const run = (cell) => cell.getByRole("button", { name: "Run", exact: true });
const result = (cell) => cell.locator(".live-result");
const printed = (cell) => result(cell).locator("> pre").textContent();
const says = (cell, words) =>
  cell.locator(".live-line", { hasText: words }).waitFor({ timeout: SOON });
const status = (page, words) =>
  page
    .getByRole("status")
    .filter({ hasText: words })
    .waitFor({ state: "attached", timeout: SOON });

describe("a run", () => {
  test("prints what the book has", async () => {
    await visitLive(async (page, cell) => {
      await run(cell(0)).click();
      await says(cell(0), /Yours.*as in the book/);
      assert.equal(await printed(cell(0)), infos[first].output);
      const books = cell(0).locator(".cell-output:not(.live-result)");
      assert.ok(!(await books.isVisible()), "the book's output is still there");
      await cell(0).getByText("Show the book's").click();
      assert.ok(await books.isVisible(), "the book's output is not there");
      await cell(0).getByText("Show yours").click();
      assert.ok(!(await books.isVisible()));
    });
  });

  test("marks what differs, in words too", async () => {
    await visitLive(async (page, cell) => {
      await add(page, cell(0), 'println!("another");');
      await page.keyboard.press(`${MOD}+Enter`);
      await says(cell(0), "differs from the book in what is marked");
      const marks = result(cell(0)).locator("pre mark");
      assert.match(await marks.last().innerText(), /another/);
    });
  });

  test("streams, and draws a line again at \\r", async () => {
    await visitLive(async (page, cell) => {
      const wait = "std::thread::sleep(std::time::Duration::from_millis(700));";
      const code = [
        'print!("step 1 of 20");',
        wait,
        'print!("\\rstep 2");',
        'println!("\\u{1b}[31mred\\u{1b}[0m");',
        wait,
      ];
      await add(page, cell(0), code.join("\n"));
      // What is seen on the way passes.
      await page.evaluate((id) => {
        const cell = document.getElementById(id);
        window.seen = { printed: [], marks: [], says: [] };
        const text = (selector) => {
          const place = selector.startsWith(".live-bar") ? document : cell;
          return place.querySelector(selector)?.textContent ?? "";
        };
        const note = () => {
          seen.printed.push(text(".live-result > pre"));
          seen.marks.push(text(".live-mark"));
          seen.says.push(text(".live-bar [role=status]"));
        };
        new MutationObserver(note).observe(document.body, {
          childList: true,
          characterData: true,
          subtree: true,
        });
      }, infos[first].anchor);
      await page.keyboard.press(`${MOD}+Enter`);
      await says(cell(0), /1\.\d\d s/);
      const { printed, marks, says: said } = await page.evaluate(() => seen);
      const at = printed.findIndex((it) => it.endsWith("step 1 of 20"));
      const then = printed.findIndex((it) => it.includes("step 2red 20"));
      assert.ok(at >= 0 && at < then, printed.join(" | "));
      assert.ok(marks.includes("running"), marks.join(" | "));
      assert.ok(
        said.some((it) => /^Running/.test(it)),
        said.join(" | "),
      );
      const red = result(cell(0)).locator(".ansi-red");
      assert.equal(await red.innerText(), "red");
    });
  });

  test("is stopped by its button and by the bar's", async () => {
    await visitLive(async (page, cell) => {
      await add(page, cell(0), "#[allow(unreachable_code)]\nloop {}");
      for (const where of [cell(0), page.locator(".live-bar")]) {
        await edit(page, cell(0));
        await page.keyboard.press(`${MOD}+Enter`);
        await cell(0).getByText("running", { exact: true }).waitFor();
        const stop = where.getByRole("button", { name: "Stop" });
        await stop.press("Enter");
        await says(cell(0), "stopped");
        await run(cell(0)).waitFor();
      }
    });
  });

  test("of a section and of the page", async () => {
    await visitLive(async (page, cell) => {
      await cell(1).getByRole("button", { name: /^More/ }).click();
      await page.getByRole("button", { name: "Run section" }).click();
      for (const index of [0, 1, 2]) await says(cell(index), "Yours");
      await page.getByRole("button", { name: "Run page" }).click();
      const count = infos.filter(({ kind }) => kind !== "ignore").length;
      const shown = page.locator(".live-result .live-line", { hasText: /s\b/ });
      await page.waitForFunction(
        (count) => document.querySelectorAll(".live-result").length === count,
        count,
        { timeout: 2 * SOON },
      );
      assert.equal(await shown.count(), count);
    });
  });

  test("tells a panic with its line", async () => {
    await visitLive(async (page, cell) => {
      await add(page, cell(0), 'panic!("boom");');
      await page.keyboard.press(`${MOD}+Enter`);
      await says(cell(0), "panicked");
      const line = infos[first].code.split("\n").length + 1;
      const said = result(cell(0)).locator(".live-said", { hasText: "boom" });
      await said.getByRole("button", { name: `line ${line}` }).click();
      const editor = cell(0).getByRole("textbox");
      assert.ok(await editor.evaluate((it) => it === document.activeElement));
      await cell(0).locator(".cm-lintRange-error").waitFor();
    });
  });

  test("shows a picture without its scripts, and the book's", async () => {
    const page = pageWith('<figure class="picture"', '<figure class="cell');
    const { anchor } = cellsOf(text(page)).find(({ draws }) => draws);
    await visitLive(
      async (page) => {
        const cell = page.locator(`[id="${anchor}"]`);
        await run(cell).click();
        const drawn = cell.locator(".live-frame svg").first();
        await drawn.getByText("drawn anew").waitFor({ timeout: SOON });
        const kinds = "script, style, foreignObject, [onload], [onclick]";
        assert.equal(await drawn.locator(kinds).count(), 0);
        assert.equal(await drawn.locator("image[href]").count(), 0);
        assert.equal(await page.evaluate(() => window.hacked), undefined);
        const books = cell.locator(".picture-frame:not(.live-frame) svg");
        assert.ok(!(await books.first().isVisible()));
        await says(cell, "Yours");
        await cell.getByText("Show the book's").click();
        assert.ok(await books.first().isVisible());
        assert.ok(!(await drawn.isVisible()));
      },
      { page },
    );
  });
});

describe("what is printed", () => {
  const cases = [
    ["lines", ["one\ntwo\n"], "one\ntwo\n"],
    ["a line drawn again", ["50 %\r100 %\n"], "100 %\n"],
    ["the end of the longer line", ["abcdef\rAB"], "ABcdef"],
    ["an erased line", ["abcdef\r\x1b[KAB"], "AB"],
    ["a line erased from afar", ["abcdef\x1b[2K\rAB"], "AB    "],
    ["a step back", ["abc\b\bX"], "aXc"],
    ["Windows' lines", ["a\r\nb\r\n"], "a\nb\n"],
    ["a colour", ["\x1b[31mred\x1b[0m"], "red", "ansi-red"],
    [
      "a colour in parts",
      ["\x1b", "[1;3", "2mgo\x1b[m"],
      "go",
      "ansi-bold ansi-green",
    ],
    ["a ground", ["\x1b[104mx"], "x", "ansi-on-blue"],
    ["one of 256", ["\x1b[38;5;9mx"], "x", "ansi-red"],
    ["no link", ["\x1b]8;;http://a.b\x1b", "\\x\x1b]8;;\x07"], "x"],
    ["no other orders", ["\x1b[2J\x1b[10;5Hx\x1b(B"], "xB"],
    [
      "no markup",
      ["<img src=x onerror=alert(1)>"],
      "<img src=x onerror=alert(1)>",
    ],
  ];
  test("is shown as a terminal does", async () => {
    await visitLive(async (page) => {
      for (const [name, chunks, words, classes = ""] of cases) {
        const found = await page.evaluate(async (chunks) => {
          const { Output } = await import("/__live/output.js");
          const element = document.createElement("code");
          const output = new Output(element);
          for (const chunk of chunks) output.write(chunk, "stdout");
          output.show();
          const styled = element.querySelector("span[class], mark");
          return [element.textContent, styled?.className ?? ""];
        }, chunks);
        assert.deepEqual(found, [words, classes], name);
      }
    });
  });

  test("is marked at the places that the server names", async () => {
    await visitLive(async (page) => {
      const marked = await page.evaluate(async () => {
        const { Output } = await import("/__live/output.js");
        const element = document.createElement("code");
        const output = new Output(element);
        output.write("ab\x1b[31mcd\x1b[0m\nef", "stdout");
        output.write("not this", "stderr");
        output.write("\r\u{1f34e}gh\n", "stdout");
        output.mark([
          [1, 8],
          [15, 16],
          [19, 20],
        ]);
        output.show();
        return [...element.querySelectorAll("mark")].map((m) => m.textContent);
      });
      assert.deepEqual(marked, ["b", "c", "g"]);
    });
  });

  test("does not grow for ever", async () => {
    await visitLive(async (page) => {
      const [lines, left] = await page.evaluate(async () => {
        const { Output } = await import("/__live/output.js");
        const element = document.createElement("code");
        const output = new Output(element);
        output.write("line\n".repeat(20_000), "stdout");
        output.show();
        return [element.childElementCount, output.left];
      });
      assert.equal(lines, 5000);
      assert.equal(left, 15_001);
    });
  });
});

describe("a picture", () => {
  const W3 = "http://www.w3.org";
  const wrap = (inside, more = "") =>
    `<svg xmlns="${W3}/2000/svg" xmlns:xlink="${W3}/1999/xlink" ${more}
      width="9" height="9">${inside}</svg>`;
  const hostile = [
    "<script>hacked()</script>",
    "<SCRIPT>hacked()</SCRIPT>",
    `<script xmlns="${W3}/1999/xhtml">hacked()</script>`,
    `<foreignObject><iframe xmlns="${W3}/1999/xhtml"/></foreignObject>`,
    '<g onmouseover="hacked()"/>',
    '<a href="javascript:hacked()"><text>x</text></a>',
    '<use href="http://127.0.0.1:9/a.svg#x"/>',
    '<use xlink:href="data:image/svg+xml,x"/>',
    '<image href="data:image/svg+xml;base64,PHN2Zy8+"/>',
    '<rect style="fill:url(http://127.0.0.1:9/x)"/>',
    "<rect fill=\"url( 'http://127.0.0.1:9/x' )\"/>",
    "<rect style=\"background:image-set('http://127.0.0.1:9/x' 1x)\"/>",
    '<animate attributeName="href" to="javascript:hacked()"/>',
    '<set attributeName="onclick" to="hacked()"/>',
    "<style>* { display: none }</style>",
    '<rect class="live-bar"/>',
  ];
  test("has nothing that runs, asks or styles", async () => {
    await visitLive(async (page) => {
      for (const inside of hostile) {
        const drawn = await page.evaluate(
          async (svg) => {
            const { picture } = await import("/__live/picture.js");
            return new XMLSerializer().serializeToString(
              picture(svg, "a label"),
            );
          },
          wrap(inside, 'style="position:fixed" onload="hacked()"'),
        );
        const bad = /hacked|script|127\.0|iframe|data:|display|class|position/i;
        assert.doesNotMatch(drawn, bad, inside);
        assert.match(drawn, /role="img" aria-label="a label"/);
      }
    });
  });

  test("keeps what it is drawn with", async () => {
    const svg = wrap(
      '<defs><mask id="m"><rect width="5" height="5"/></mask></defs>' +
        '<g mask="url(#m)" style="fill:var(--figure-one)">' +
        '<use href="#m"/></g>' +
        '<image href="data:image/png;base64,iVBORw0KGgo="/>',
    );
    await visitLive(async (page) => {
      const drawn = await page.evaluate(async (svg) => {
        const { picture } = await import("/__live/picture.js");
        return picture(svg, "a label").outerHTML;
      }, svg);
      const [, id] = /id="(m-live-\d+)"/.exec(drawn);
      assert.ok(drawn.includes(`mask="url(#${id})"`), drawn);
      assert.ok(drawn.includes(`href="#${id}"`), drawn);
      assert.match(drawn, /var\(--figure-one\).*data:image\/png/s);
      const broken = await page.evaluate(async () => {
        const { picture } = await import("/__live/picture.js");
        return [picture("<svg", ""), picture("<p/>", "")].map(String);
      });
      assert.deepEqual(broken, ["undefined", "undefined"]);
    });
  });
});

describe("the compiler", () => {
  test("is heard at the reader's line, until it is mended", async () => {
    await visitLive(async (page, cell) => {
      await add(page, cell(0), 'let wrong: i32 = "text";');
      await page.keyboard.press(`${MOD}+Enter`);
      await says(cell(0), "does not compile");
      const found = cell(0).locator(".live-diagnostic");
      await found.getByText("mismatched types").first().waitFor();
      assert.match(await found.innerText(), /error\[E0308\]/);
      const under = cell(0).locator(".cm-lintRange-error");
      assert.equal(await under.innerText(), '"text"');
      await found.getByRole("button", { name: /^line/ }).press("Enter");
      await page.keyboard.press(`${MOD}+z`);
      await page.keyboard.press(`${MOD}+z`);
      await page.keyboard.press(`${MOD}+Enter`);
      await says(cell(0), "as in the book");
      assert.equal(await under.count(), 0);
    });
  });
});

describe("a change", () => {
  test("makes the cells below stale until they run", async () => {
    await visitLive(async (page, cell) => {
      await add(page, cell(0), 'println!("more");');
      const mark = (index) => cell(index).locator(".live-mark").innerText();
      assert.equal(await mark(0), "changed, not run");
      assert.match(await mark(1), /^stale/);
      assert.match(await mark(2), /^stale/);
      await status(page, /is changed: what \d cells? below shows is stale/);
      await cell(1).locator(".cell-head .live-run").press("Shift+Enter");
      await says(cell(1), "Yours");
      assert.equal(await mark(0), "changed");
      assert.equal(await mark(1), "");
      assert.match(await mark(2), /^stale/);
      const focused = await page.evaluate(() => document.activeElement.id);
      assert.equal(focused, infos[first + 2].anchor);
    });
  });

  test("is undone by Reset, and that by Undo", async () => {
    await visitLive(async (page, cell) => {
      const editor = await edit(page, cell(0));
      await add(page, cell(0), 'println!("mine");');
      await cell(0).getByRole("button", { name: "Reset" }).click();
      assert.ok(!(await editor.innerText()).includes("mine"));
      await page.getByRole("button", { name: "Undo" }).click();
      assert.match(await editor.innerText(), /mine/);
    });
  });

  test("and what it prints survive a reload", async () => {
    await visitLive(async (page, cell) => {
      await add(page, cell(0), 'println!("mine to keep");');
      await page.keyboard.press(`${MOD}+Enter`);
      await says(cell(0), "Yours");
      await page.reload();
      await says(cell(0), "Yours");
      assert.match(await printed(cell(0)), /mine to keep/);
      const editor = cell(0).getByRole("textbox");
      assert.match(await editor.innerText(), /mine to keep/);
    });
  });

  test("moves nothing where the editor comes", async () => {
    await visitLive(async (page, cell) => {
      for (const index of [0, 1, 2]) {
        // What is folded whole unfolds.
        const { code, hidden } = infos[first + index];
        if (hidden.length === code.split("\n").length) continue;
        const before = await cell(index).boundingBox();
        await edit(page, cell(index));
        const after = await cell(index).boundingBox();
        assert.equal(after.height, before.height);
      }
    });
  });

  test("is offered again when the book's cell has changed", async () => {
    await visitLive(async (page, cell) => {
      await add(page, cell(0), 'println!("mine to keep");');
      const { anchor } = infos[first];
      const html = text(path)
        .replaceAll(anchor, "cell-00000001")
        .replace(
          /(id="cell-00000001">.*?<pre><code[^>]*>)/s,
          "$1// The book's.\n",
        );
      live.change(path, html);
      try {
        await page.reload();
        const now = page.locator("#cell-00000001");
        const box = now.locator(".live-version");
        await box.getByText("The book has changed").waitFor({ timeout: SOON });
        assert.match(await box.locator("pre").innerText(), /mine to keep/);
        assert.match(await now.locator("> pre").innerText(), /The book's/);
        await box.getByRole("button", { name: "Keep mine" }).click();
        await box.waitFor({ state: "detached" });
        const editor = now.getByRole("textbox");
        assert.match(await editor.innerText(), /mine to keep/);
        await page.reload();
        await editor.getByText("mine to keep").waitFor();
        assert.equal(await box.count(), 0);
        // Gone altogether.
        live.change(
          path,
          text(path).replace(
            /<figure class="cell.*<\/figure>/s,
            '<figure class="cell" id="cell-00000002">' +
              '<figcaption class="cell-head"><a class="cell-number" href="#">' +
              'In 1</a></figcaption>\n<pre><code class="language-rust">' +
              "other();</code></pre>\n\n</figure>",
          ),
        );
        await page.reload();
        const gone = page.locator(".live-version");
        await gone.getByText("no longer").waitFor({ timeout: SOON });
        assert.match(await gone.locator("pre").innerText(), /mine to keep/);
        await gone.getByRole("button", { name: "Discard it" }).click();
        await page.getByRole("button", { name: "Undo" }).click();
        await gone.waitFor();
      } finally {
        live.change(path, text(path));
      }
    });
  });

  test("in one tab reaches the other", async () => {
    await visitLive(async (page, cell) => {
      const other = await page.context().newPage();
      await other.goto(page.url());
      await other.locator(".live-bar").waitFor();
      await add(page, cell(0), 'println!("from the first tab");');
      const there = other.locator(`[id="${infos[first].anchor}"]`);
      await there
        .getByRole("textbox")
        .getByText("from the first tab")
        .waitFor({ timeout: SOON });
      await add(
        other,
        other.locator(`[id="${infos[first + 1].anchor}"]`),
        "// B",
      );
      const heard = (index, words) =>
        cell(index)
          .getByRole("textbox")
          .filter({ hasText: words })
          .waitFor({ timeout: SOON });
      await heard(1, "// B");
      await page.reload();
      await heard(0, "from the first tab");
      await heard(1, "// B");
    });
  });

  test("in a tab that did not hear of the other's keeps both", async () => {
    await visitLive(async (page, cell) => {
      await add(page, cell(0), "// one");
      // As another tab does while this one sleeps: no event comes to it.
      await page.evaluate((anchor) => {
        const key = Object.keys(localStorage).find((it) => it.endsWith(anchor));
        const edit = JSON.parse(localStorage[key]);
        localStorage[key] = JSON.stringify({ ...edit, code: "// two" });
      }, infos[first].anchor);
      await page.keyboard.insertText(" more");
      const box = cell(0).locator(".live-version");
      await box.getByText("Another tab").waitFor();
      assert.match(await box.locator("pre").innerText(), /\/\/ two/);
      await page.reload();
      await box.getByText("Another tab").waitFor({ timeout: SOON });
      assert.match(await cell(0).getByRole("textbox").innerText(), /one more/);
      await box.getByRole("button", { name: "Use this one" }).click();
      await cell(0).getByRole("textbox").getByText("// two").waitFor();
    });
  });

  test("is possible where the browser keeps nothing", async () => {
    const options = { page: path };
    await visitLive(async (page, cell) => {
      await page.addInitScript(() => {
        Object.defineProperty(window, "localStorage", {
          get: () => {
            throw new Error("no storage");
          },
        });
      });
      await page.evaluate(() => localStorage.clear());
      page.on("dialog", (dialog) => dialog.accept());
      await page.reload();
      await status(page, "keeps no edits");
      await add(page, cell(0), 'println!("mine");');
      await page.keyboard.press(`${MOD}+Enter`);
      await says(cell(0), "Yours");
    }, options);
  });

  test("around folded lines spares them", async () => {
    const isPart = ({ hidden, code }) =>
      hidden.length && hidden.length < code.split("\n").length;
    const page = pages.find((page) => cellsOf(text(page)).some(isPart));
    const { anchor, code, hidden } = cellsOf(text(page)).find(isPart);
    const lines = code.split("\n");
    await visitLive(
      async (page) => {
        const cell = page.locator(`[id="${anchor}"]`);
        const before = await cell.boundingBox();
        const editor = await edit(page, cell);
        const after = await cell.boundingBox();
        assert.equal(after.height, before.height);
        const shown = () => editor.locator(".cm-line").allInnerTexts();
        const seen = lines.filter((_, row) => !hidden.includes(row + 1));
        const clean = (texts) => texts.map((it) => it.replace(/\n$/, ""));
        assert.deepEqual(clean(await shown()), seen);
        await page.keyboard.press(`${MOD}+a`);
        await page.keyboard.type("x");
        await cell.getByRole("button", { name: /hidden line/ }).press("Enter");
        const all = clean(await shown());
        assert.deepEqual(
          all.filter((line) => line && line !== "x"),
          hidden.map((row) => lines[row - 1]).filter(Boolean),
        );
        assert.equal(all.filter((line) => line === "x").length, 1);
        // And may be changed, once they are seen.
        await editor.focus();
        await page.keyboard.press(`${MOD}+a`);
        await page.keyboard.type("y");
        assert.deepEqual(clean(await shown()), ["y"]);
        await page.keyboard.press(`${MOD}+z`);
        await page.keyboard.press(`${MOD}+z`);
        assert.deepEqual(clean(await shown()), lines);
      },
      { page },
    );
  });

  test("of a cell that is folded whole unfolds it", async () => {
    const page = pageWith('<figure class="cell folded"');
    const { anchor, hidden } = cellsOf(text(page)).find(
      ({ hidden, code }) => hidden.length === code.split("\n").length,
    );
    await visitLive(
      async (page) => {
        const cell = page.locator(`[id="${anchor}"]`);
        await cell.getByRole("button", { name: "Edit" }).press("Enter");
        const editor = cell.getByRole("textbox");
        await editor.waitFor();
        assert.equal(await cell.locator(".cm-line").count(), hidden.length);
        await cell.getByRole("button", { name: "Hide" }).click();
        await editor.waitFor({ state: "hidden" });
      },
      { page },
    );
  });
});

describe("the keyboard", () => {
  test("is never trapped", async () => {
    await visitLive(async (page, cell) => {
      await cell(0).getByRole("button", { name: "Edit" }).press("Enter");
      const editor = cell(0).getByRole("textbox");
      await editor.waitFor();
      const inside = () =>
        editor.evaluate((it) => it === document.activeElement);
      assert.ok(await inside());
      await page.getByText(/Esc leaves the editor/).waitFor();
      await page.keyboard.press("Tab");
      assert.ok(!(await inside()), "Tab stays before anything was typed");
      await editor.focus();
      await page.keyboard.press(`${MOD}+Home`);
      await page.keyboard.type("s");
      await page.keyboard.press("Tab");
      assert.ok(await inside(), "Tab leaves while the reader types");
      await page.keyboard.press("Escape");
      const focused = await page.evaluate(() => document.activeElement.id);
      assert.equal(focused, infos[first].anchor);
      await page
        .getByText(/Esc leaves the editor/)
        .waitFor({ state: "hidden" });
      assert.ok(!(await page.getByRole("searchbox").isVisible()), "s searches");
      await page.keyboard.press("Enter");
      assert.ok(await inside(), "Enter does not lead into the editor");
      const url = page.url();
      for (const key of ["ArrowRight", "ArrowLeft", "/", "?"])
        await page.keyboard.press(key);
      assert.equal(page.url(), url);
    });
  });

  test("Alt+Enter does nothing", async () => {
    await visitLive(async (page, cell) => {
      const editor = await edit(page, cell(0));
      const before = await editor.innerText();
      await page.keyboard.press("Alt+Enter");
      assert.equal(await editor.innerText(), before);
      assert.equal(await page.locator(".live-result").count(), 0);
    });
  });
});

test("an output is said politely, and once", async () => {
  await visitLive(async (page, cell) => {
    await page.evaluate(() => {
      window.said = [];
      for (const region of document.querySelectorAll("[role=status]")) {
        new MutationObserver(() =>
          said.push(region.textContent.trim()),
        ).observe(region, {
          childList: true,
          characterData: true,
          subtree: true,
        });
      }
    });
    await run(cell(0)).click();
    await says(cell(0), "as in the book");
    await page.waitForTimeout(300);
    const output = infos[first].output.trim();
    const said = await page.evaluate(() => window.said);
    const times = said.filter((text) => text.includes(output));
    assert.equal(times.length, 1, said.join(" | "));
    assert.equal(await page.locator("[aria-live], [role=log]").count(), 0);
  });
});

test("a lost connection is said, and what ran is lost", async () => {
  await visitLive(async (page, cell) => {
    await add(page, cell(0), "loop {}");
    await page.keyboard.press(`${MOD}+Enter`);
    await cell(0).getByText("running", { exact: true }).waitFor();
    live.hangUp();
    await status(page, /No connection.*lost|Connected again.*lost/);
    await says(cell(0), "lost");
    await status(page, "Connected again");
    await page.keyboard.press(`${MOD}+z`);
    assert.match(await cell(0).getByRole("textbox").innerText(), /\S/);
    await run(cell(1)).click();
  });
});

test("a page is taken away with its changes", async () => {
  await visitLive(async (page, cell) => {
    await add(page, cell(0), "// mine");
    await page.getByRole("button", { name: "More for this page" }).click();
    const coming = page.waitForEvent("download");
    await page.getByRole("button", { name: "Download as Rust" }).click();
    const file = await coming;
    assert.equal(file.suggestedFilename(), path.replace("html", "rs"));
    const [name, body] = live.downloads.at(-1);
    assert.equal(name, `__live/download/${path.replace("html", "rs")}`);
    assert.match(body.edits[infos[first].anchor], /\/\/ mine/);
  });
  live.greet({ downloads: false });
  await visitLive(async (page) => {
    await page.getByRole("button", { name: "More for this page" }).click();
    assert.equal(await page.getByText(/^Download/).count(), 0);
  });
  live.greet({});
});

test("a page that is not confined says so", async () => {
  live.greet({ confined: false, why: "this system has no Landlock." });
  await visitLive((page) => status(page, "no Landlock"));
  live.greet({});
});

describe("axe, with cells that were changed and run", () => {
  for (const look of Object.keys(looks)) {
    for (const width of widths) {
      test(`${look}, ${width} wide`, async () => {
        await visitLive(
          async (page, cell) => {
            await add(
              page,
              cell(0),
              'println!("\\u{1b}[32mmore\\u{1b}[0m");\nlet _ = 1; // warns',
            );
            await page.keyboard.press(`${MOD}+Enter`);
            await says(cell(0), "differs");
            await add(page, cell(2), "loop {}");
            await page.keyboard.press(`${MOD}+Enter`);
            await cell(2).getByText("running", { exact: true }).waitFor();
            await page.waitForTimeout(400);
            assert.deepEqual(await violations(page), []);
            const wide = await page.evaluate(
              () => document.documentElement.scrollWidth > innerWidth,
            );
            assert.ok(!wide, "the page scrolls sideways");
          },
          { look, width },
        );
      });
    }
  }
});

test("the static book has one quiet line, and no button", async () => {
  const line = (page) => page.getByText("to change and run the cells:");
  await visit(path, {}, async (page) => {
    await line(page).waitFor();
    assert.equal(await line(page).count(), 1);
    assert.equal(await page.locator(".live-run").count(), 0);
  });
  await visitLive(async (page) => {
    assert.equal(await line(page).count(), 0);
  });
});
