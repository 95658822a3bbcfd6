//! What the cells of a page are addressed by.

use std::collections::BTreeSet;

use crate::cell::Cell;

/// Gives each cell its anchor, unlike those of the others.
pub(super) fn assign<'a>(cells: impl Iterator<Item = &'a mut Cell>) {
    let mut cells: Vec<_> = cells.collect();
    let name =
        |cell: &Cell| cell.tags.name.as_ref().map(|it| format!("cell-{it}"));
    let mut taken: BTreeSet<String> =
        cells.iter().filter_map(|cell| name(cell)).collect();
    for cell in &mut cells {
        cell.anchor = name(cell).unwrap_or_else(|| {
            let hash = format!("cell-{:08x}", hash(cell));
            let again = (2_usize..).map(|count| format!("{hash}-{count}"));
            let mut all = std::iter::once(hash.clone()).chain(again);
            let anchor = all.find(|anchor| !taken.contains(anchor));
            anchor.unwrap_or_default()
        });
        taken.insert(cell.anchor.clone());
    }
}

/// FNV-1a of all lines of a cell. Addresses that readers keep are made of it:
/// it must stay what it is.
fn hash(cell: &Cell) -> u32 {
    cell.code
        .iter()
        .flat_map(|row| row.text.bytes().chain([b'\n']))
        .fold(0x811c_9dc5, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        })
}
