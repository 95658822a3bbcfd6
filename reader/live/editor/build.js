// Makes `../editor.js`: the editor and all that it uses in one file, with the
// licences that they come under.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { build } from "esbuild";

const options = {
  entryPoints: ["editor.js"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  metafile: true,
};
const { metafile } = await build({ ...options, write: false });

const packages = new Set();
for (const file of Object.keys(metafile.inputs)) {
  const [name] = /node_modules\/(@[^/]+\/)?[^/]+/.exec(file) ?? [];
  if (name) packages.add(name);
}

/** Those that share a licence, by its text. */
const licences = new Map();
for (const name of [...packages].sort()) {
  const { version } = JSON.parse(readFileSync(join(name, "package.json")));
  const text = readFileSync(join(name, "LICENSE"), "utf8").trim();
  const called = `${name.replace("node_modules/", "")} ${version}`;
  licences.set(text, [...(licences.get(text) ?? []), called]);
}
const notices = [...licences].map(
  ([text, names]) => `${names.join(", ")}:\n\n${text}`,
);

await build({
  ...options,
  outfile: "../editor.js",
  banner: { js: `/*\n${notices.join("\n\n")}\n*/` },
});
