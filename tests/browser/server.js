// A small static server: the rendered book, below any path.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const KINDS = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/** The file that a path asks for, or `undefined` where there is none. */
async function find(folder, base, url) {
  const path = decodeURIComponent(new URL(url, "http://here").pathname);
  if (!path.startsWith(base)) return undefined;
  const inside = normalize(path.slice(base.length) || "index.html");
  if (inside.startsWith("..")) return undefined;
  const file = join(folder, inside);
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() ? file : undefined;
}

/** Serves a folder at `base` on a free port; resolves to its address. */
export async function serve(folder, base = "/") {
  const server = createServer(async (request, response) => {
    const file = await find(folder, base, request.url);
    if (!file) return response.writeHead(404).end(`no ${request.url}`);
    const kind = KINDS[extname(file)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": kind });
    createReadStream(file).pipe(response);
  });
  await new Promise((listens) => server.listen(0, "127.0.0.1", listens));
  // It must not keep the tests from ending.
  server.unref();
  return `http://127.0.0.1:${server.address().port}${base}`;
}
