//! The expression whose value a cell shows, as in a notebook.

use std::ops::Range;

use proc_macro2::{TokenStream, TokenTree, extra};
use quote::ToTokens;
use syn::parse::Parser;
use syn::{BinOp, Block, Expr, Stmt};

/// The bytes of the expression that a cell ends in, without a `;`: its value
/// is shown. None where the cell ends in anything else, in what has no value
/// but `()`, or is no Rust; then the compiler says so.
pub(crate) fn range(code: &str) -> Option<Range<usize>> {
    let range = find(code);
    // Otherwise every text would be remembered.
    extra::invalidate_current_thread_spans();
    range
}

/// Where a cell's text lacks a `;`, if more is to follow, though its last
/// expression has no value.
pub(crate) fn unfinished(code: &str) -> Option<usize> {
    let find = || {
        let statements = Block::parse_within.parse_str(code).ok()?;
        let Stmt::Expr(expression, None) = statements.last()? else {
            return None;
        };
        if !matches!(expression, Expr::Assign(_) | Expr::Binary(_)) {
            return None;
        }
        let last = expression.to_token_stream().into_iter().last()?;
        Some(last.span().byte_range().end)
    };
    let end = find();
    extra::invalidate_current_thread_spans();
    end
}

/// Whether all brackets, quotes and comments of a text are closed.
pub(crate) fn is_whole(code: &str) -> bool {
    let is_whole = code.parse::<TokenStream>().is_ok();
    extra::invalidate_current_thread_spans();
    is_whole
}

fn find(code: &str) -> Option<Range<usize>> {
    let statements = Block::parse_within.parse_str(code).ok()?;
    let Stmt::Expr(expression, None) = statements.last()? else {
        return None;
    };
    if is_unit(expression) {
        return None;
    }
    let mut tokens = expression.to_token_stream().into_iter().peekable();
    // An attribute stays before the whole statement.
    while tokens.next_if(is_hash).is_some() {
        tokens.next();
    }
    let first = tokens.next()?.span().byte_range();
    let last = tokens.last().map(|token| token.span().byte_range());
    Some(first.start..last.unwrap_or(first).end)
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
