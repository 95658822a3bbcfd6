//! The floors of `src/`, as `ARCHITECTURE.md` lists them: a module uses only
//! modules of earlier floors, and no files use each other in a circle.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use syn::{Item, UseTree, visit::Visit};

use crate::ROOT;

/// A module's path below the crate: empty for `lib.rs`.
type Module = Vec<String>;

/// What one file says.
#[derive(Default)]
struct Source {
    children: BTreeSet<String>,
    /// What a name that is used stands for, as it is written.
    names: BTreeMap<String, Vec<String>>,
    /// All paths that begin with `crate`, `super` or `self`.
    paths: Vec<Vec<String>>,
}

impl<'ast> Visit<'ast> for Source {
    fn visit_item(&mut self, item: &'ast Item) {
        // Tests may use what they like.
        let is_test = matches!(item, Item::Mod(it) if it.ident == "tests");
        if !is_test {
            syn::visit::visit_item(self, item);
        }
    }

    fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
        self.children.insert(module.ident.to_string());
        syn::visit::visit_item_mod(self, module);
    }

    /// `pub(super)` uses nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.use_tree(&item.tree, Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments = path.segments.iter();
        self.path(segments.map(|it| it.ident.to_string()).collect());
        syn::visit::visit_path(self, path);
    }
}

impl Source {
    fn use_tree(&mut self, tree: &UseTree, mut path: Vec<String>) {
        match tree {
            UseTree::Path(it) => {
                path.push(it.ident.to_string());
                self.use_tree(&it.tree, path);
            }
            UseTree::Group(it) => {
                for tree in &it.items {
                    self.use_tree(tree, path.clone());
                }
            }
            UseTree::Name(it) => {
                let name = it.ident.to_string();
                if name != "self" {
                    path.push(name);
                }
                let name = path.last().cloned().unwrap_or_default();
                self.names.insert(name, path.clone());
                self.path(path);
            }
            UseTree::Rename(it) => {
                path.push(it.ident.to_string());
                self.names.insert(it.rename.to_string(), path.clone());
                self.path(path);
            }
            UseTree::Glob(_) => panic!("a glob hides what is used: {path:?}"),
        }
    }

    fn path(&mut self, path: Vec<String>) {
        if matches!(path[0].as_str(), "crate" | "super" | "self") {
            self.paths.push(path);
        }
    }
}

/// Each module's file.
fn sources() -> BTreeMap<Module, Source> {
    let src = Path::new(ROOT).join("src");
    let mut sources = BTreeMap::new();
    read(&src, &Vec::new(), &mut sources);
    sources
}

fn read(
    folder: &Path,
    module: &Module,
    sources: &mut BTreeMap<Module, Source>,
) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let mut own = module.clone();
        if name != "lib" {
            own.push(name);
        }
        if path.is_dir() {
            read(&path, &own, sources);
        } else {
            let text = fs::read_to_string(&path).unwrap();
            let mut source = Source::default();
            source.visit_file(&syn::parse_file(&text).unwrap());
            sources.insert(own, source);
        }
    }
}

/// The module in whose file the thing at the end of a path is defined; none
/// for another crate's.
fn defined(
    sources: &BTreeMap<Module, Source>,
    from: &Module,
    path: &[String],
) -> Option<Module> {
    let mut at = from.clone();
    let mut rest = path;
    while let [first, others @ ..] = rest {
        match first.as_str() {
            "crate" => at.clear(),
            "super" => {
                at.pop();
            }
            "self" => {}
            _ => break,
        }
        rest = others;
    }
    while let [first, others @ ..] = rest {
        let source = &sources[&at];
        if source.children.contains(first) {
            at.push(first.clone());
        } else if let Some(path) = source.names.get(first) {
            let mut path = path.clone();
            if !matches!(path[0].as_str(), "crate" | "super" | "self") {
                if !source.children.contains(&path[0]) {
                    return None;
                }
                path.insert(0, "self".to_owned());
            }
            path.extend(others.iter().cloned());
            return defined(sources, &at, &path);
        } else {
            break;
        }
        rest = others;
    }
    Some(at)
}

/// Which modules' files each uses, `lib.rs` and itself left out.
fn uses(
    sources: &BTreeMap<Module, Source>,
) -> BTreeMap<&Module, BTreeSet<Module>> {
    let uses = sources.iter().map(|(module, source)| {
        let paths = source.paths.iter();
        let used = paths
            .filter_map(|path| defined(sources, module, path))
            .chain(children_used(sources, module, source))
            .filter(|used| used != module && !used.is_empty())
            .collect();
        (module, used)
    });
    uses.filter(|(module, _)| !module.is_empty()).collect()
}

/// What a module takes from its own children, for its own use or for others.
fn children_used(
    sources: &BTreeMap<Module, Source>,
    module: &Module,
    source: &Source,
) -> Vec<Module> {
    let own = source
        .names
        .values()
        .filter(|path| source.children.contains(&path[0]));
    own.filter_map(|path| defined(sources, module, path))
        .collect()
}

/// The floors that `ARCHITECTURE.md` lists, from the ground up.
fn floors() -> Vec<String> {
    let text = include_str!("../../ARCHITECTURE.md");
    let items = text.lines().filter_map(|line| {
        let (number, item) = line.split_once(". `")?;
        number.parse::<usize>().ok()?;
        item.split_once('`').map(|(name, _)| name.to_owned())
    });
    items.collect()
}

#[test]
fn modules_use_only_earlier_floors() {
    let (sources, floors) = (sources(), floors());
    let floor = |module: &Module| {
        let at = floors.iter().position(|name| *name == module[0]);
        at.unwrap_or_else(|| panic!("{} is on no floor", module[0]))
    };
    let mut edges = 0;
    for (module, used) in uses(&sources) {
        for used in used.iter().filter(|used| used[0] != module[0]) {
            edges += 1;
            assert!(
                floor(used) < floor(module),
                "src/{}.rs uses {}, which is not on a floor below it",
                module.join("/"),
                used.join("::")
            );
        }
    }
    assert!(edges > 30, "only {edges} uses were found");
}

#[test]
fn the_floors_are_the_modules() {
    let own = &sources()[&Module::new()].children;
    let floors = floors();
    assert_eq!(*own, floors.iter().cloned().collect());
    let listed = include_str!("../../src/lib.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//! - "))
        .map(|item| {
            let mut name = item.split(['`', '[', ']', '(']);
            name.find(|part| !part.is_empty()).unwrap().to_owned()
        });
    assert_eq!(listed.collect::<Vec<_>>(), floors, "as lib.rs lists them");
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let sources = sources();
    let mut uses = uses(&sources);
    // Files that use none but those removed before are removed, too.
    while !uses.is_empty() {
        let left: BTreeSet<Module> =
            uses.keys().map(|module| (*module).clone()).collect();
        for used in uses.values_mut() {
            used.retain(|used| left.contains(used));
        }
        uses.retain(|_, used| !used.is_empty());
        assert!(uses.len() < left.len(), "a circle among {uses:#?}");
    }
}
