//! The expression whose value a cell shows, as in a notebook.

use std::ops::Range;
use std::thread;

use proc_macro2::{TokenStream, TokenTree, extra};
use quote::ToTokens;
use syn::parse::Parser;
use syn::{BinOp, Block, Expr, Stmt};

/// How many tokens a cell may have whose value is looked for.
const TOKENS: usize = 10_000;

/// The stack on which that is done. The parser goes deeper with every bracket,
/// and a reader may write more of them than any usual stack has room for, which
/// would end the whole process. It takes up to 16 KB for a token.
const STACK: usize = 1 << 28;

/// The bytes of the expression that a cell ends in, without a `;`: its value
/// is shown. None where the cell ends in anything else, in what has no value
/// but `()`, is longer than any that is read, or is no Rust; then the compiler
/// says so.
pub(crate) fn range(code: &str) -> Option<Range<usize>> {
    last(code, |expression| {
        (!is_unit(expression)).then(|| bytes(expression))?
    })
}

/// Where a cell's text lacks a `;`, if more is to follow, though its last
/// expression has no value.
pub(crate) fn unfinished(code: &str) -> Option<usize> {
    last(code, |expression| {
        matches!(expression, Expr::Assign(_) | Expr::Binary(_))
            .then(|| bytes(expression))?
            .map(|bytes| bytes.end)
    })
}

/// What `found` says of the expression that a cell ends in, without a `;`.
fn last<T: Send>(
    code: &str,
    found: impl FnOnce(&Expr) -> Option<T> + Send,
) -> Option<T> {
    parsed(code, |tokens| {
        let statements = Block::parse_within.parse2(tokens).ok()?;
        let Stmt::Expr(expression, None) = statements.last()? else {
            return None;
        };
        found(expression)
    })
}

/// What `found` makes of the tokens of a text, on a stack that is deep enough
/// for a parser. None where the text has too many of them, or is no Rust.
pub(crate) fn parsed<T: Send>(
    code: &str,
    found: impl FnOnce(TokenStream) -> Option<T> + Send,
) -> Option<T> {
    let find = || {
        let tokens = code.parse::<TokenStream>().ok()?;
        (count(&tokens) <= TOKENS).then(|| found(tokens))?
    };
    thread::scope(|scope| {
        // What the parser remembers of the text ends with the thread.
        let thread = thread::Builder::new().stack_size(STACK);
        thread.spawn_scoped(scope, find).ok()?.join().ok()?
    })
}

/// Whether all brackets, quotes and comments of a text are closed.
pub(crate) fn is_whole(code: &str) -> bool {
    let is_whole = code.parse::<TokenStream>().is_ok();
    extra::invalidate_current_thread_spans();
    is_whole
}

/// Where a function of this name is defined in one of these cells, and in which,
/// if it is and nothing calls it.
pub(crate) fn uncalled<'a>(
    codes: impl Iterator<Item = &'a str>,
    name: &str,
) -> Option<(usize, Range<usize>)> {
    let mut found = None;
    let mut is_called = false;
    for (number, code) in codes.enumerate() {
        let Ok(tokens) = code.parse::<TokenStream>() else {
            continue;
        };
        let mut streams = vec![tokens];
        while let Some(stream) = streams.pop() {
            let mut is_defined = false;
            for token in stream {
                match token {
                    TokenTree::Ident(it) if it == name && is_defined => {
                        let place = (number, it.span().byte_range());
                        found = found.or(Some(place));
                        is_defined = false;
                    }
                    TokenTree::Ident(it) => {
                        is_called |= it == name;
                        is_defined = it == "fn";
                    }
                    TokenTree::Group(group) => streams.push(group.stream()),
                    _ => {}
                }
            }
        }
        // Otherwise every text would be remembered.
        extra::invalidate_current_thread_spans();
    }
    found.filter(|_| !is_called)
}

/// The bytes of an expression, but for its attributes, which stay before the
/// whole statement.
fn bytes(expression: &Expr) -> Option<Range<usize>> {
    let mut tokens = expression.to_token_stream().into_iter().peekable();
    while tokens.next_if(is_hash).is_some() {
        tokens.next();
    }
    let first = tokens.next()?.span().byte_range();
    let last = tokens.last().map(|token| token.span().byte_range());
    Some(first.start..last.unwrap_or(first).end)
}

/// How many tokens there are, with those in brackets.
fn count(tokens: &TokenStream) -> usize {
    let mut count = 0;
    let mut streams = vec![tokens.clone()];
    while let Some(stream) = streams.pop() {
        for token in stream {
            count += 1;
            if let TokenTree::Group(group) = token {
                count += 1;
                streams.push(group.stream());
            }
        }
    }
    count
}

fn is_hash(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(it) if it.as_char() == '#')
}

/// Whether an expression has no value but `()`, by its form.
fn is_unit(expression: &Expr) -> bool {
    match expression {
        Expr::Assign(_) | Expr::ForLoop(_) | Expr::While(_) => true,
        Expr::If(it) => it.else_branch.is_none(),
        Expr::Binary(it) => matches!(
            it.op,
            BinOp::AddAssign(_)
                | BinOp::SubAssign(_)
                | BinOp::MulAssign(_)
                | BinOp::DivAssign(_)
                | BinOp::RemAssign(_)
                | BinOp::BitXorAssign(_)
                | BinOp::BitAndAssign(_)
                | BinOp::BitOrAssign(_)
                | BinOp::ShlAssign(_)
                | BinOp::ShrAssign(_)
        ),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_expression_is_found() {
        for (code, value) in [
            ("x", Some("x")),
            ("let x = 1;\nx + 1", Some("x + 1")),
            ("x // what it is", Some("x")),
            ("x /* a */ + 1 // b\n// c\n", Some("x /* a */ + 1")),
            ("foo(\n    1,\n)\n", Some("foo(\n    1,\n)")),
            ("\"ä\".len(); \"ö\".len()", Some("\"ö\".len()")),
            ("text.parse::<i32>()?", Some("text.parse::<i32>()?")),
            ("if a { 1 } else { 2 }", Some("if a { 1 } else { 2 }")),
            ("match a { _ => 1 }", Some("match a { _ => 1 }")),
            ("{ let b = 1; b }", Some("{ let b = 1; b }")),
            ("for a in b {}\n[1, 2]", Some("[1, 2]")),
            ("vec![1, 2]", Some("vec![1, 2]")),
            ("vec! { 1 }.len()", Some("vec! { 1 }.len()")),
            ("Point { x: 1 }", Some("Point { x: 1 }")),
            ("loop { break 1 }", Some("loop { break 1 }")),
            ("#[rustfmt::skip]\n[1,  2]", Some("[1,  2]")),
            ("#[rustfmt::skip] a + b", Some("a + b")),
            ("/// Twice.\n2 * a", Some("2 * a")),
            ("", None),
            ("// x", None),
            ("x;", None),
            ("let x = 1", None),
            ("a = 1", None),
            ("a += 1", None),
            ("if a { b() }", None),
            ("for a in b {}", None),
            ("while a {}", None),
            ("fn a() -> i32 { 1 }", None),
            ("struct A { b: i32 }", None),
            ("use a::b;", None),
            ("vec! { 1 }", None),
            ("thread_local! { static A: i32 = 1 }", None),
            ("macro_rules! a { () => {} }", None),
            ("let x = ;\nx", None),
            ("}", None),
            ("\"", None),
        ] {
            let found = range(code).map(|range| &code[range]);
            assert_eq!(found, value, "{code}");
        }
    }

    #[test]
    fn a_function_that_nothing_calls_is_found() {
        for (codes, place) in [
            (["fn main() {}", ""], Some((0, 3..7))),
            (["x", "pub async fn main() {}"], Some((1, 13..17))),
            (["fn main() {}", "main();"], None),
            (["{ main() }", "fn main() {}"], None),
            (["fn main() {}", "thread::spawn(main)"], None),
            (["fn mains() {}", "main"], None),
            (["\"fn main\"", "// fn main"], None),
        ] {
            assert_eq!(uncalled(codes.into_iter(), "main"), place, "{codes:?}");
        }
    }

    #[test]
    fn no_depth_is_too_deep() {
        for (before, after) in [
            ("(", ")"),
            ("{", "}"),
            ("[", "]"),
            ("!", ""),
            ("|| ", ""),
            ("a = ", ""),
            ("if ", " {}"),
            ("f::<V<", ">>()"),
            ("", ".b()"),
            ("", " + 1"),
            ("{ let a: V<", "> = 1; }"),
        ] {
            for depth in [100, 2000, 200_000] {
                let (before, after) =
                    (before.repeat(depth), after.repeat(depth));
                let code = format!("{before}1{after}");
                let found = range(&code);
                assert!(found.is_none() || depth < 10_000, "{code:.9}");
                assert!(is_whole(&code), "{code:.9}");
            }
        }
        let code = format!("{}1{}", "(".repeat(4000), ")".repeat(4000));
        assert_eq!(range(&code), Some(0..8001));
    }

    #[test]
    fn what_has_no_value_may_lack_its_end() {
        for (code, end) in [
            ("a = 1 // one", Some("a = 1")),
            ("a += 1\n", Some("a += 1")),
            ("a = 1;", None),
            ("if a { b() }", None),
            ("let a = 1;", None),
        ] {
            assert_eq!(unfinished(code).map(|at| &code[..at]), end, "{code}");
        }
    }
}
