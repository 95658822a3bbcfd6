// axe, the checker of the WCAG's rules.

import { AxeBuilder } from "@axe-core/playwright";

const RULES = [
  "wcag2a",
  "wcag2aa",
  "wcag21a",
  "wcag21aa",
  "wcag22aa",
  "best-practice",
];

/** What axe finds on a page as it is: a few words on each element. */
export async function violations(page) {
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
