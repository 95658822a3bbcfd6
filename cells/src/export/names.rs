//! Which names a cell gives to things, and which it may use.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::Parser;
use syn::{Block, Pat, Stmt};

use crate::value::parsed;

/// The names of a cell.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// The variables that are there at its end, each once.
    pub(super) variables: BTreeSet<String>,
    /// Every word of it that may be a name from above, also in what is
    /// formatted.
    pub(super) used: BTreeSet<String>,
}

impl Names {
    /// The names of a text. One that is no Rust has no variables, and one that
    /// is longer than any that is read has no names.
    pub(super) fn of(code: &str) -> Names {
        parsed(code, |tokens| {
            let mut names = Names::default();
            match Block::parse_within.parse2(tokens.clone()) {
                Ok(statements) => {
                    for statement in &statements {
                        names.add(statement);
                    }
                }
                Err(_) => words(tokens, &mut names.used),
            }
            Some(names)
        })
        .unwrap_or_default()
    }

    fn add(&mut self, statement: &Stmt) {
        let mut used = BTreeSet::new();
        let Stmt::Local(local) = statement else {
            words(statement.to_token_stream(), &mut used);
            self.add_used(used);
            return;
        };
        words(local.pat.to_token_stream(), &mut used);
        let mut variables = BTreeSet::new();
        pattern(&local.pat, &mut variables);
        used.retain(|name| !variables.contains(name));
        if let Some(init) = &local.init {
            words(init.expr.to_token_stream(), &mut used);
            if let Some((_, otherwise)) = &init.diverge {
                words(otherwise.to_token_stream(), &mut used);
            }
        }
        self.add_used(used);
        self.variables.append(&mut variables);
    }

    fn add_used(&mut self, used: BTreeSet<String>) {
        let variables = &self.variables;
        let used = used.into_iter().filter(|it| !variables.contains(it));
        self.used.extend(used);
    }
}

fn pattern(of: &Pat, names: &mut BTreeSet<String>) {
    match of {
        Pat::Ident(it) => {
            let name = it.ident.to_string();
            // Else it is a constant, as `None` is.
            if !name.starts_with(char::is_uppercase) {
                names.insert(name);
            }
            if let Some((_, inner)) = &it.subpat {
                pattern(inner, names);
            }
        }
        Pat::Or(it) => it.cases.iter().for_each(|it| pattern(it, names)),
        Pat::Paren(it) => pattern(&it.pat, names),
        Pat::Reference(it) => pattern(&it.pat, names),
        Pat::Slice(it) => it.elems.iter().for_each(|it| pattern(it, names)),
        Pat::Struct(it) => {
            it.fields.iter().for_each(|it| pattern(&it.pat, names));
        }
        Pat::Tuple(it) => it.elems.iter().for_each(|it| pattern(it, names)),
        Pat::TupleStruct(it) => {
            it.elems.iter().for_each(|it| pattern(it, names));
        }
        Pat::Type(it) => pattern(&it.pat, names),
        _ => {}
    }
}

/// The words of a text, and those of its literals: `{x}` is a use of `x` in a
/// text that is formatted.
fn words(tokens: TokenStream, names: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => words(group.stream(), names),
            TokenTree::Ident(name) => {
                names.insert(name.to_string());
            }
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                let is_part = |c: char| c.is_alphanumeric() || c == '_';
                let all = text.split(|c: char| !is_part(c));
                names.extend(all.map(str::to_owned));
            }
            TokenTree::Punct(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_those_of_patterns() {
        for (code, variables) in [
            ("let a = 1; let a = 2; let b: i32 = 3;", "a b"),
            ("let (mut a, [b, ..]) = c;", "a b"),
            ("let S { x, y: (z, _), .. } = s;", "x z"),
            ("let Some(n @ 1..) = o else { return Ok(()) };", "n"),
            ("{ let a = 1; } fn f() { let b = 1; }", ""),
            ("let a = ;", ""),
        ] {
            let names = Names::of(code);
            let found: Vec<String> = names.variables.into_iter().collect();
            assert_eq!(found.join(" "), variables, "{code}");
        }
    }

    #[test]
    fn what_is_formatted_is_used() {
        let names = Names::of("println!(\"{a:?} {}\", f(b)); m! { [c] }");
        for used in ["a", "b", "c", "f", "println"] {
            assert!(names.used.contains(used), "{used}");
        }
    }

    #[test]
    fn what_is_used_is_from_above() {
        for (code, name, is_used) in [
            ("let a = 1; a", "a", false),
            ("let a = a + 1;", "a", true),
            ("a; let a = 1;", "a", true),
            ("let a: b::C = c;", "b", true),
            ("let Some(a) = b else { return c };", "c", true),
            ("println!(\"{a}\"); let a = 1", "a", true),
        ] {
            assert_eq!(Names::of(code).used.contains(name), is_used, "{code}");
        }
    }
}
