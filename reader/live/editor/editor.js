// The editor of a cell: CodeMirror, with what a notebook of Rust needs of it.
// `npm run build` makes `../editor.js` of this, which pages load when a reader
// first edits. How it looks is in `../live.css`.

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { indentLess, indentMore, invertedEffects } from "@codemirror/commands";
import { rustLanguage } from "@codemirror/lang-rust";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { indentUnit, syntaxHighlighting } from "@codemirror/language";
import { syntaxTree } from "@codemirror/language";
import { lintKeymap, setDiagnostics } from "@codemirror/lint";
import { search, searchKeymap } from "@codemirror/search";
import { Annotation, EditorState, Prec, StateEffect } from "@codemirror/state";
import { StateField, Transaction } from "@codemirror/state";
import { Decoration, EditorView, keymap } from "@codemirror/view";
import { MatchDecorator, ViewPlugin, WidgetType } from "@codemirror/view";
import { styleTags, tagHighlighter, tags } from "@lezer/highlight";

// The colours of the book's own code: four classes, as few as there are there.

const highlighter = tagHighlighter([
  { tag: tags.keyword, class: "code-keyword" },
  { tag: tags.self, class: "code-keyword" },
  { tag: tags.meta, class: "code-keyword" },
  { tag: tags.literal, class: "code-literal" },
  { tag: tags.escape, class: "code-literal" },
  { tag: tags.special(tags.variableName), class: "code-literal" },
  {
    tag: tags.function(tags.definition(tags.variableName)),
    class: "code-name",
  },
  { tag: tags.comment, class: "code-comment" },
]);

/** Rust, whose grammar leaves the `\\n` of a text without a colour. */
const language = rustLanguage.configure({
  props: [styleTags({ Escape: tags.escape })],
});

/** What the book's code has in another colour than the grammar says. */
const others = {
  "code-keyword": "Self as else for if in let match move mut ref return while",
  "code-literal": "Some None Ok Err",
  "code-plain": "_",
};
const kinds = new Map();
for (const [kind, names] of Object.entries(others)) {
  for (const name of names.split(" ")) kinds.set(name, kind);
}

const known = new MatchDecorator({
  regexp: new RegExp(`\\b(?:${[...kinds.keys()].join("|")}|[A-Z]\\w*)\\b`, "g"),
  decorate: (add, from, to, [name], view) => {
    const node = syntaxTree(view.state).resolveInner(from, 1);
    // Not in texts, nor where the grammar knows a keyword itself.
    if (!/Identifier$|^_$/.test(node.name)) return;
    const before = node.prevSibling?.name;
    const isDefined = /^(?:enum|struct|trait|type|union)$/.test(before);
    const kind = kinds.get(name) ?? (isDefined && "code-name");
    if (kind) add(from, to, Decoration.mark({ class: kind }));
  },
});

const knownNames = ViewPlugin.define(
  (view) => ({
    marks: known.createDeco(view),
    update(update) {
      this.marks = known.updateDeco(update, this.marks);
    },
  }),
  { decorations: (plugin) => plugin.marks },
);

// Lines that the page hides: each has a mark, which edits carry along. Folded,
// they are not shown, and nothing that is done to the lines around them
// changes them.

const setHidden = StateEffect.define();
const setFolded = StateEffect.define();
const ofBook = Annotation.define();

class Nothing extends WidgetType {
  eq() {
    return true;
  }

  toDOM() {
    return document.createElement("div");
  }

  get estimatedHeight() {
    return 0;
  }
}

const hiddenLine = Decoration.line({ class: "boring" });
const nothing = Decoration.replace({ block: true, widget: new Nothing() });

const hiddenLines = StateField.define({
  create: () => Decoration.none,
  update(lines, transaction) {
    let now = lines.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(setHidden)) {
        const doc = transaction.newDoc;
        const rows = effect.value.filter((row) => row <= doc.lines);
        const starts = rows.map((row) => hiddenLine.range(doc.line(row).from));
        now = Decoration.set(starts, true);
      }
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** What is undone brings its hidden lines back. */
const undoHidden = invertedEffects.of(({ effects, startState }) =>
  effects.some((effect) => effect.is(setHidden))
    ? [setHidden.of(hiddenRows(startState))]
    : [],
);

const isFolded = StateField.define({
  create: () => false,
  update: (folded, { effects }) =>
    effects.find((effect) => effect.is(setFolded))?.value ?? folded,
});

/** The rows that are hidden, from 1. */
function hiddenRows(state) {
  const rows = new Set();
  for (let at = state.field(hiddenLines).iter(); at.value; at.next()) {
    rows.add(state.doc.lineAt(at.from).number);
  }
  return [...rows];
}

/** The parts of the text that are folded: hidden lines next to each other. */
function folds(state) {
  const parts = [];
  if (!state.field(isFolded)) return parts;
  let last;
  for (const row of hiddenRows(state)) {
    const { from, to } = state.doc.line(row);
    if (last && last.to + 1 === from) last.to = to;
    else parts.push((last = { from, to }));
  }
  return parts;
}

/** What takes their place. */
const nothings = (state) =>
  Decoration.set(folds(state).map(({ from, to }) => nothing.range(from, to)));

const foldedParts = [
  EditorView.decorations.compute([hiddenLines, isFolded, "doc"], nothings),
  EditorView.atomicRanges.of((view) => nothings(view.state)),
];

/** The line ends around a fold are kept with it. */
function kept(state) {
  const { length } = state.doc;
  return folds(state).map(({ from, to }) => ({
    from: Math.max(from - 1, 0),
    to: Math.min(to + 1, length),
    // Where a text goes that was put inside.
    aside: to < length ? to + 1 : Math.max(from - 1, 0),
    isFirst: from === 0,
    isLast: to === length,
  }));
}

const spareFolded = EditorState.transactionFilter.of((transaction) => {
  const { startState, docChanged } = transaction;
  const parts = docChanged ? kept(startState) : [];
  if (!parts.length || transaction.annotation(ofBook)) return transaction;
  const holds = (part, at) =>
    (part.from < at || (part.isFirst && part.from === at)) &&
    (at < part.to || (part.isLast && part.to === at));
  const changes = [];
  let isOther = false;
  transaction.changes.iterChanges((start, to, _from, _to, inserted) => {
    // A browser may tell what it left as something new.
    const before = startState.sliceDoc(start, to);
    const text = inserted.toString();
    let same = 0;
    while (same < before.length && before[same] === text[same]) same += 1;
    const [from, insert] = [start + same, text.slice(same)];
    // What is deleted, without the folds.
    let at = from;
    const gaps = [];
    for (const part of parts) {
      if (part.to <= from || part.from >= to) continue;
      if (at < part.from) gaps.push({ from: at, to: part.from });
      at = Math.max(at, part.to);
    }
    if (at < to) gaps.push({ from: at, to });
    if (!gaps.length) {
      const around = parts.find((part) => holds(part, from));
      const beside = around ? around.aside : from;
      gaps.push({ from: beside, to: beside });
    }
    isOther ||= gaps.length > 1 || gaps[0].from !== start || gaps[0].to !== to;
    gaps[0].insert = insert;
    changes.push(...gaps);
  });
  if (!isOther) return transaction;
  const [{ from, insert }] = changes;
  return {
    changes,
    selection: { anchor: from + insert.length },
    scrollIntoView: true,
    userEvent: transaction.annotation(Transaction.userEvent),
  };
});

/** The place of a line and a column, both from 1, in UTF-16 units. */
function place({ doc }, line, column = 1) {
  const { from, to } = doc.line(Math.min(Math.max(line, 1), doc.lines));
  return Math.min(from + column - 1, to);
}

/**
 * An editor in `parent`.
 *
 * `code`, `hidden` (rows from 1) and `folded` are what it shows; `label` names
 * it, and `hint` is the id of what tells its keys. `changed` is called when the
 * text has become another; `ran(moves)` when it is to run, and whether the
 * focus moves on; `left` when the reader leaves it by Escape.
 */
export function create(parent, options) {
  const { code, hidden, folded, label, hint, changed, ran, left } = options;
  // Tab goes on to the next thing on the page until the reader types.
  let hasTyped = false;
  const typing = (command) => (view) => hasTyped && command(view);
  const run = (moves) => () => {
    ran(moves);
    return true;
  };
  const keys = [
    { key: "Shift-Enter", run: run(true) },
    { key: "Mod-Enter", run: run(false) },
    { key: "Ctrl-Enter", run: run(false) },
    // Other notebooks add a cell here. This one has its cells.
    { key: "Alt-Enter", run: () => true },
    { key: "Tab", run: typing(indentMore), shift: typing(indentLess) },
  ];
  const leave = {
    key: "Escape",
    run: () => {
      left();
      return true;
    },
  };
  const view = new EditorView({
    parent,
    doc: code,
    extensions: [
      Prec.highest(keymap.of(keys)),
      keymap.of([
        ...closeBracketsKeymap,
        ...searchKeymap,
        ...historyKeymap,
        ...lintKeymap,
        ...defaultKeymap,
        leave,
      ]),
      hiddenLines,
      undoHidden,
      isFolded,
      foldedParts,
      spareFolded,
      language,
      syntaxHighlighting(highlighter),
      knownNames,
      bracketMatching(),
      closeBrackets(),
      indentOnInput(),
      indentUnit.of("    "),
      history(),
      search(),
      EditorView.contentAttributes.of({
        // As it is anyway, and for what looks for it.
        tabindex: "0",
        "aria-label": label,
        "aria-describedby": hint,
      }),
      // What lies over the page's ends does not cover the caret.
      EditorView.scrollMargins.of(() => ({ top: 60, bottom: 90 })),
      EditorView.domEventHandlers({ blur: () => void (hasTyped = false) }),
      EditorView.updateListener.of((update) => {
        if (!update.docChanged) return;
        hasTyped ||= update.view.hasFocus;
        changed();
      }),
    ],
  });
  view.dispatch({
    effects: [setHidden.of(hidden), setFolded.of(folded)],
    annotations: Transaction.addToHistory.of(false),
  });
  // The page has keys of its own, among them letters.
  parent.addEventListener("keydown", (event) => event.stopPropagation());

  return {
    get code() {
      return view.state.doc.toString();
    },

    get hidden() {
      return hiddenRows(view.state);
    },

    /** The text without the lines that are folded. */
    get shown() {
      const rows = new Set(view.state.field(isFolded) ? this.hidden : []);
      const lines = this.code.split("\n");
      return lines.filter((_, index) => !rows.has(index + 1)).join("\n");
    },

    /** Puts another text in the place of all; undo brings the old one back. */
    replace(code, hidden) {
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: code },
        annotations: ofBook.of(true),
        effects: setHidden.of(hidden),
      });
    },

    fold: (folded) => view.dispatch({ effects: setFolded.of(folded) }),

    /** Puts the caret at a place, or leaves it where it was. */
    focus(line, column) {
      view.focus();
      if (line === undefined) return;
      const anchor = place(view.state, line, column);
      view.dispatch({ selection: { anchor }, scrollIntoView: true });
    },

    /** Underlines what the compiler or a panic speaks of. */
    diagnose(found) {
      const { state } = view;
      const marks = found.map(({ severity, message, ...at }) => {
        const from = place(state, at.line, at.column);
        const to = at.end_line
          ? place(state, at.end_line, at.end_column)
          : state.doc.lineAt(from).to;
        return { from, to: Math.max(from, to), severity, message };
      });
      view.dispatch(setDiagnostics(state, marks));
    },
  };
}
