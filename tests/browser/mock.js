// Plays the server of live cells: the rendered book with the tags that
// `cargo book` adds, and a WebSocket that runs what it knows of Rust. All that
// is not the page itself is here.

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { WebSocketServer } from "ws";

import { root, text } from "./book.js";

const LIVE = join(root, "reader/live");

/** The tags that the server adds to a page. */
const tags = (page) => `
  <link rel="stylesheet" href="/__live/live.css">
  <script type="module" src="/__live/live.js" data-page="${page}"
    data-token="true"></script>
`;

const ENTITIES = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  "#39": "'",
  "#x27": "'",
};
const plain = (html) =>
  html
    .replace(/<[^>]*>/g, "")
    .replace(/&(#?\w+);/g, (all, name) => ENTITIES[name] ?? all);

/** The cells of a page, read from its HTML. */
export function cellsOf(html) {
  const cells = [];
  let section = 0;
  const parts =
    /<h2 |<figure class="cell([^"]*)" id="([^"]+)">(.*?)\n<\/figure>/gs;
  for (const [, kinds, anchor, inside] of html.matchAll(parts)) {
    if (!anchor) {
      section += 1;
      continue;
    }
    // An exercise's starter is no cell.
    const number = />In (\d+)/.exec(inside);
    if (!number) continue;
    const code = /<pre><code class="([^"]*)">(.*?)<\/code><\/pre>/s.exec(
      inside,
    );
    const hidden = [];
    const rows = code[2].split("\n");
    rows.forEach((row, index) => {
      if (/<span class="boring">/.test(row)) hidden.push(index + 1);
    });
    const output = /<div class="cell-output">\s*<pre><code[^>]*>(.*?)<\/code>/s;
    const shown = output.exec(inside);
    const kind = /compile_fail|should_panic|no_run|ignore/.exec(code[1]);
    cells.push({
      anchor,
      number: Number(number[1]),
      section,
      kind: kind?.[0] ?? "run",
      code: plain(code[2]).replace(/\n$/, ""),
      hidden,
      output: shown ? plain(shown[1]) : null,
      missing: null,
      draws: (inside.match(/class="picture"/g) ?? []).length,
    });
  }
  return cells;
}

const SVG = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 60"
  width="200" height="60" onload="window.hacked = 1">
  <script>window.hacked = 2</script>
  <style>body { display: none }</style>
  <foreignObject><p xmlns="http://www.w3.org/1999/xhtml">no</p></foreignObject>
  <defs><linearGradient id="g"><stop offset="0" stop-color="red"/>
  </linearGradient></defs>
  <rect width="90" height="40" fill="url(#g)" onclick="window.hacked = 3"/>
  <image href="http://127.0.0.1:9/leak.png" width="9" height="9"/>
  <text x="10" y="55" style="fill:var(--figure-ink)">drawn anew</text></svg>`;

const unescaped = (literal) =>
  literal.replace(/\\(u\{([0-9a-f]+)\}|.)/g, (_, one, code) =>
    code
      ? String.fromCodePoint(parseInt(code, 16))
      : ({ n: "\n", r: "\r", t: "\t" }[one] ?? one),
  );

/** Parts of `printed` that are not the book's, line by line. */
function differences(book, printed) {
  const found = [];
  const lines = book.split("\n");
  let at = 0;
  for (const [index, line] of printed.split("\n").entries()) {
    if (line !== (lines[index] ?? "")) found.push([at, at + line.length]);
    at += line.length + 1;
  }
  return found.filter(([from, to]) => from < to);
}

/** Runs one section for one page. */
async function run(order, cells, send, signal) {
  const { run, until, edits } = order;
  const say = (message) => send({ run, ...message });
  const { section } = cells.find(({ anchor }) => anchor === until);
  const all = cells.filter((cell) => cell.section === section);
  const end = all.findIndex(({ anchor }) => anchor === until);
  const program = all.slice(0, end + 1).map((cell) => ({
    ...cell,
    isEdited: cell.anchor in edits,
    now: edits[cell.anchor] ?? cell.code,
  }));
  const started = performance.now();
  const seconds = (since) => (performance.now() - since) / 1000;
  const done = (status, message = null) =>
    say({ type: "done", status, message, seconds: seconds(started) });
  say({ type: "state", state: "compiling" });
  await sleep(20);
  for (const { anchor, now, kind, number } of program) {
    for (const [row, line] of now.split("\n").entries()) {
      const at = line.indexOf('i32 = "');
      const warns = line.indexOf("// warns");
      if ((at < 0 && warns < 0) || kind === "compile_fail") continue;
      const start = at < 0 ? 1 : at + 7;
      const place = { cell: anchor, line: row + 1, end_line: row + 1 };
      const level = at < 0 ? "warning" : "error";
      const message = at < 0 ? "unused result" : "mismatched types";
      say({
        type: "diagnostic",
        level,
        code: at < 0 ? null : "E0308",
        message,
        rendered: [
          `${level}: ${message}`,
          ` --> cell ${number}, line ${row + 1}`,
          "  |",
          `${row + 1} | ${line}`,
          `  | ${" ".repeat(start - 1)}^^^ expected \`i32\`, found \`&str\``,
          "  = help: a help of the compiler\n",
        ].join("\n"),
        spans: [
          {
            ...place,
            column: start,
            end_column: line.length,
            is_primary: true,
            label: "expected `i32`, found `&str`",
            suggestion: null,
          },
        ],
        children: [],
      });
      if (at >= 0) return done("refused");
    }
  }
  say({ type: "state", state: "running" });
  for (const { anchor, isEdited, now, code, output, kind, draws } of program) {
    if (kind === "ignore") continue;
    const since = performance.now();
    const about = (message) => say({ cell: anchor, ...message });
    let printed = "";
    const print = (text, stream = "stdout") => {
      about({ type: "out", stream, text });
      if (stream === "stdout") printed += text;
    };
    const finish = (status, more = {}) =>
      about({
        type: "end",
        status,
        message: null,
        line: null,
        seconds: seconds(since),
        accepted: output === null ? null : printed === output,
        differences: output === null ? [] : differences(output, printed),
        ...more,
      });
    about({ type: "begin" });
    if (kind === "compile_fail") {
      finish("refused", { accepted: true });
      continue;
    }
    if (!isEdited) {
      for (let i = 0; i < draws; i += 1) about({ type: "picture", svg: SVG });
      print(output ?? "");
      finish(kind === "should_panic" ? "panicked" : "done");
      continue;
    }
    const lines = now.split("\n");
    for (const [row, line] of lines.entries()) {
      const [, name, literal] =
        /(e?print(?:ln)?)!\("((?:\\.|[^"\\])*)"\);/.exec(line) ?? [];
      const wait = /from_millis\((\d+)\)/.exec(line);
      const panic = /panic!\("([^"]*)"\)/.exec(line);
      if (wait) await sleep(Number(wait[1]));
      if (name) {
        const feed = name.endsWith("ln") ? "\n" : "";
        print(unescaped(literal) + feed, name[0] === "e" ? "stderr" : "stdout");
      }
      if (line.includes("loop {}")) {
        while (!signal.aborted) await sleep(10);
      }
      if (signal.aborted) {
        finish("stopped", { accepted: null });
        return done("stopped");
      }
      if (panic) {
        finish("panicked", {
          message: panic[1],
          line: row + 1,
          accepted: false,
        });
        return done("failed");
      }
    }
    if (code.includes("println!") && !/print/.test(now)) print("");
    finish("done");
  }
  done("done");
}

/** Serves the book with live cells; resolves to what tests ask of it. */
export async function serveLive() {
  const state = { pages: new Map(), hello: {}, downloads: [] };
  const page = (path) => state.pages.get(path) ?? text(path);
  const sockets = new Set();
  const server = createServer(async (request, response) => {
    const path = decodeURIComponent(new URL(request.url, "http://h").pathname);
    const name = path.slice(1) || "index.html";
    const send = (kind, body, more = {}) =>
      response.writeHead(200, { "content-type": kind, ...more }).end(body);
    try {
      if (name.startsWith("__live/download/")) {
        let body = "";
        for await (const part of request) body += part;
        state.downloads.push([name, JSON.parse(body)]);
        return send("text/plain", "fn main() {}\n");
      }
      if (name.startsWith("__live/")) {
        const file = readFileSync(join(LIVE, name.slice("__live/".length)));
        return send(
          name.endsWith("css") ? "text/css" : "text/javascript",
          file,
        );
      }
      if (!name.endsWith(".html")) {
        const kinds = {
          css: "text/css",
          js: "text/javascript",
          svg: "image/svg+xml",
          woff2: "font/woff2",
        };
        const kind =
          kinds[name.split(".").at(-1)] ?? "application/octet-stream";
        return send(
          kind,
          readFileSync(
            join(process.env.BOOK ?? join(root, "target/book"), name),
          ),
        );
      }
      const html = page(name).replace("</body>", `${tags(name)}</body>`);
      const inline = [...html.matchAll(/<script>(.*?)<\/script>/gs)].map(
        ([, script]) =>
          `'sha256-${createHash("sha256").update(script).digest("base64")}'`,
      );
      const policy = [
        "default-src 'self'",
        `script-src 'self' ${inline.join(" ")}`,
        "connect-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "frame-ancestors 'none'",
      ].join("; ");
      send("text/html", html, { "content-security-policy": policy });
    } catch {
      response.writeHead(404).end();
    }
  });
  new WebSocketServer({ server, path: "/__live" }).on(
    "connection",
    (socket) => {
      sockets.add(socket);
      let cells = [];
      const running = new Map();
      const send = (message) => socket.send(JSON.stringify(message));
      send({
        type: "hello",
        confined: true,
        why: null,
        downloads: true,
        ...state.hello,
      });
      socket.on("message", async (data) => {
        const order = JSON.parse(data);
        if (order.type === "open") {
          cells = cellsOf(page(order.page));
          send({ type: "page", cells });
        } else if (order.type === "run") {
          const stop = new AbortController();
          running.set(order.run, stop);
          await run(order, cells, send, stop.signal);
        } else running.get(order.run)?.abort();
      });
      socket.on("close", () => {
        sockets.delete(socket);
        for (const stop of running.values()) stop.abort();
      });
    },
  );
  await new Promise((listens) => server.listen(0, "127.0.0.1", listens));
  server.unref();
  return {
    site: `http://127.0.0.1:${server.address().port}/`,
    /** Puts another page in the place of one, as an edit of the book does. */
    change: (path, html) => state.pages.set(path, html),
    /** What `hello` says from now on. */
    greet: (hello) => (state.hello = hello),
    downloads: state.downloads,
    /** Ends all connections. */
    hangUp: () => sockets.forEach((socket) => socket.terminate()),
  };
}
