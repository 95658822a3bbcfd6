// Pages fit their windows, stay where they are, and come quickly.

import assert from "node:assert/strict";
import { test } from "node:test";

import { everyPage, pages, Problems, visit, widths } from "./book.js";

/** What sticks out of the window, or scrolls and cannot be reached by key. */
async function overflows() {
  // A script may say which frames scroll, once they are drawn.
  const drawn = () => new Promise(requestAnimationFrame);
  await drawn().then(drawn).then(drawn);
  const found = [];
  const page = document.scrollingElement;
  if (page.scrollWidth > innerWidth) {
    found.push(`the page scrolls sideways: ${page.scrollWidth} wide`);
  }
  const KEYS = "a[href], button, input, summary, [tabindex='0']";
  const scrolls = (element, axis) =>
    /auto|scroll/.test(getComputedStyle(element)[`overflow${axis}`]);
  const cuts = (element) => getComputedStyle(element).overflowX !== "visible";
  for (const element of document.querySelectorAll("body *")) {
    const box = element.getBoundingClientRect();
    const visible = element.checkVisibility({ visibilityProperty: true });
    if (!visible || box.width < 2 || box.height < 2) continue;
    const wide = element.scrollWidth > element.clientWidth + 1;
    const high = element.scrollHeight > element.clientHeight + 1;
    if ((wide && scrolls(element, "X")) || (high && scrolls(element, "Y"))) {
      if (!element.matches(KEYS) && !element.querySelector(KEYS)) {
        found.push(`no key reaches what scrolls: ${excerpt(element)}`);
      }
    } else if (wide && cuts(element) && element.closest("main")) {
      found.push(`cut off, ${element.scrollWidth} wide: ${excerpt(element)}`);
    }
    let frame = element.closest("main") && element.parentElement;
    while (frame && frame.localName !== "main" && !cuts(frame)) {
      frame = frame.parentElement;
    }
    if (frame?.localName === "main" && box.right > innerWidth + 1) {
      found.push(`ends at ${Math.round(box.right)}: ${excerpt(element)}`);
    }
  }
  return found;
}

everyPage("fits", [...pages, "404.html"], async (path, problems) => {
  for (const width of [...widths, 768]) {
    await visit(path, { width, problems }, async (page, where) => {
      for (const found of await page.evaluate(overflows)) {
        problems.add(found, where);
      }
      await page.evaluate(() => {
        for (const aside of document.querySelectorAll("details")) {
          aside.open = true;
        }
      });
      for (const found of await page.evaluate(overflows)) {
        problems.add(found, where);
      }
    });
  }
});

/** What is cut at a side, and looks as if it ended there. */
async function uncued() {
  const frames = "pre > code, .picture-frame, .equation, .table-wrapper";
  const found = [];
  for (const frame of document.querySelectorAll(`main :is(${frames})`)) {
    const rest = frame.scrollWidth - frame.clientWidth;
    for (const [left, sides] of [
      [0, "after"],
      [rest / 2, "before after"],
      [rest, "before"],
    ]) {
      if (rest < 4 || !frame.checkVisibility()) continue;
      frame.scrollLeft = left;
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
      const fades = getComputedStyle(frame).maskImage !== "none";
      if (frame.dataset.more !== sides || !fades) {
        found.push(`no sign of more ${sides}: ${excerpt(frame)}`);
      }
    }
  }
  return found;
}

everyPage("shows that it scrolls", pages, async (path, problems) => {
  await visit(path, { width: 360, problems }, async (page, where) => {
    for (const found of await page.evaluate(uncued)) {
      problems.add(found, where);
    }
  });
});

/** All that moved without the reader's doing, in the words of the page. */
async function shifts() {
  const found = [];
  const note = (list) => {
    for (const { hadRecentInput, sources, value } of list.getEntries()) {
      if (hadRecentInput) continue;
      const moved = sources.map(({ node }) =>
        node?.nodeType === Node.ELEMENT_NODE ? excerpt(node) : `${node?.data}`,
      );
      found.push(`moved by ${value.toFixed(4)}: ${moved.join(", ")}`);
    }
  };
  const observer = new PerformanceObserver(note);
  observer.observe({ type: "layout-shift", buffered: true });
  await new Promise((passes) => setTimeout(passes, 300));
  return found;
}

// A busy browser may show a table before all its rows have come, and its
// columns move then. What moves every time is the page's fault.
everyPage("stays where it is", pages, async (path, problems) => {
  for (const width of widths) {
    for (let visits = 1, moved = true; moved && visits <= 3; visits += 1) {
      await visit(path, { width, problems }, async (page, where) => {
        const found = await page.evaluate(shifts);
        moved = found.length > 0;
        if (visits === 3) found.forEach((what) => problems.add(what, where));
      });
    }
  }
});

test("the first visit is light and quick", async (t) => {
  const problems = new Problems();
  let slowest = 0;
  let heaviest = 0;
  for (const path of pages) {
    await visit(path, { problems }, async (page, where) => {
      const { bytes, paint } = await page.evaluate(async () => {
        // A busy browser paints after the page is there.
        const paint = await new Promise((painted) => {
          const note = (list) =>
            list
              .getEntriesByName("first-contentful-paint")
              .forEach(({ startTime }) => painted(Math.round(startTime)));
          const paints = { type: "paint", buffered: true };
          new PerformanceObserver(note).observe(paints);
        });
        const figures = [...document.querySelectorAll(".picture svg")];
        const drawn = new TextEncoder().encode(
          figures.map((figure) => figure.outerHTML).join(""),
        );
        const loaded = ["navigation", "resource"].flatMap((kind) =>
          performance.getEntriesByType(kind),
        );
        const sizes = loaded.map(({ encodedBodySize }) => encodedBodySize);
        const all = sizes.reduce((sum, size) => sum + size);
        return { bytes: all - drawn.length, paint };
      });
      slowest = Math.max(slowest, paint);
      heaviest = Math.max(heaviest, bytes);
      if (bytes > 500 * 1024) problems.add(`${bytes} bytes`, where);
      // It takes a tenth of this; the machine may be busy.
      if (!(paint < 1000)) problems.add(`painted after ${paint} ms`, where);
    });
  }
  t.diagnostic(`at most ${slowest} ms to the first paint`);
  t.diagnostic(`at most ${heaviest} bytes besides the figures`);
  assert.ok(heaviest > 0);
  problems.assertNone();
});
