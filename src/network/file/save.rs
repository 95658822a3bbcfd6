//! Writing.

use std::{
    fs::{self, Metadata},
    io::{self, Write},
    path::Path,
};

use ndarray::ArrayRefD;
use safetensors::{SafeTensorError, tensor::TensorView};

use super::{FileError, FileProblem, dtype::dtype};
use crate::{Float, Layers};

/// Writes the parameters with their names.
pub fn save<N: Layers>(net: &N, path: &Path) -> Result<(), FileError> {
    bytes(net)
        .map_err(|error| FileProblem::Unwritable(io::Error::other(error)))
        .and_then(|bytes| write(path, &bytes))
        .map_err(|problem| FileError::new(path, problem))
}

fn bytes<N: Layers>(net: &N) -> Result<Vec<u8>, SafeTensorError> {
    let arrays: Vec<_> = net
        .named()
        .into_iter()
        .map(|(name, array)| (name, array.shape().to_vec(), numbers(&array)))
        .collect();
    let views = arrays
        .iter()
        .map(|(name, shape, bytes)| {
            let dtype = dtype::<N::Float>();
            Ok((name, TensorView::new(dtype, shape.clone(), bytes)?))
        })
        .collect::<Result<Vec<_>, SafeTensorError>>()?;
    safetensors::serialize(views, None)
}

/// Row after row, whatever the layout in memory.
fn numbers<F: Float>(array: &ArrayRefD<F>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(array.len() * size_of::<F>());
    for number in array {
        bytes.extend_from_slice(number.to_le_bytes().as_ref());
    }
    bytes
}

/// Writes a file whole or not at all: beside its place, then into it.
fn write(path: &Path, bytes: &[u8]) -> Result<(), FileProblem> {
    // A link stays, and what it leads to is replaced.
    let place = fs::canonicalize(path);
    let place = place.as_deref().unwrap_or(path);
    let there_before = fs::metadata(place).ok();
    if let Some(metadata) = &there_before {
        check_replaceable(metadata)?;
    }
    let folder = folder(place);
    if !folder.is_dir() {
        return Err(FileProblem::NoFolder);
    }
    replace(place, folder, bytes, there_before).map_err(FileProblem::Unwritable)
}

/// The folder of a file; a bare name's is the current one.
fn folder(place: &Path) -> &Path {
    match place.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A new name can take the place of more than could be written to.
fn check_replaceable(metadata: &Metadata) -> Result<(), FileProblem> {
    if !metadata.is_file() {
        Err(FileProblem::NotAFile)
    } else if metadata.permissions().readonly() {
        let error = io::ErrorKind::PermissionDenied.into();
        Err(FileProblem::Unwritable(error))
    } else {
        Ok(())
    }
}

fn replace(
    place: &Path,
    folder: &Path,
    bytes: &[u8],
    there_before: Option<Metadata>,
) -> io::Result<()> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".backprop-");
    // A temporary file is its owner's alone; a new file is not.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(folder)?;
    file.write_all(bytes)?;
    if let Some(metadata) = there_before {
        file.as_file().set_permissions(metadata.permissions())?;
    }
    // The name must not reach the disk before the bytes do.
    file.as_file().sync_all()?;
    file.persist(place)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_name_lies_in_the_current_folder() {
        for (place, expected) in [("net", "."), ("a/net", "a"), ("/net", "/")] {
            assert_eq!(folder(Path::new(place)), Path::new(expected));
        }
    }
}
