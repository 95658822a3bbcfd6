// axe, the checker of the WCAG's rules, finds nothing on any page.

import { AxeBuilder } from "@axe-core/playwright";

import { everyPage, looks, pages, visit, widths } from "./book.js";

const RULES = [
  "wcag2a",
  "wcag2aa",
  "wcag21a",
  "wcag21aa",
  "wcag22aa",
  "best-practice",
];

/** Shows what a reader can unfold. */
function unfold() {
  for (const details of document.querySelectorAll("details")) {
    details.open = true;
  }
  for (const code of document.querySelectorAll(".hide-boring")) {
    code.classList.remove("hide-boring");
  }
}

/** What axe finds: a few words on each element. */
async function violations(page) {
  const axe = new AxeBuilder({ page }).options({
    runOnly: RULES,
    resultTypes: ["violations"],
    // A table in Markdown has a corner, and axe reads no formula in a head.
    rules: { "empty-table-header": { enabled: false } },
  });
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ any, html }) => {
      const element = html.replace(/\s+/g, " ").slice(0, 160);
      return `${id}: ${any[0]?.message ?? help}\n    ${element}`;
    }),
  );
}

everyPage("axe", [...pages, "404.html"], async (path, problems) => {
  for (const look of Object.keys(looks)) {
    // What a narrow frame scrolls out of sight, a wide one shows.
    for (const width of widths) {
      await visit(path, { look, width, problems }, async (page, where) => {
        await page.evaluate(unfold);
        for (const found of await violations(page)) {
          problems.add(found, where);
        }
      });
    }
  }
});
