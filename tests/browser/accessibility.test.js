// axe finds nothing on any page.

import { violations } from "./axe.js";
import { everyPage, looks, pages, visit, widths } from "./book.js";

/** Shows what a reader can unfold. */
function unfold() {
  for (const details of document.querySelectorAll("details")) {
    details.open = true;
  }
  for (const code of document.querySelectorAll(".hide-boring")) {
    code.classList.remove("hide-boring");
  }
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
