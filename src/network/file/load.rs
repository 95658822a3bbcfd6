//! Reading.

use std::{collections::BTreeMap, error::Error, fs, io, path::Path};

use ndarray::{Array, Array1, Array2, ArrayD, Dimension};
use safetensors::{
    Dtype,
    tensor::{Metadata, TensorInfo},
};

use super::{FileError, FileProblem, dtype::dtype};
use crate::{Affine, Float, Layers};

/// The bytes before the header, which say how long it is.
const LENGTH: usize = size_of::<u64>();

/// Reads a network made of the layers of a file.
pub fn load<N>(path: &Path) -> Result<N, FileError>
where
    N: Layers + TryFrom<Vec<Affine<N::Float>>>,
    N::Error: Into<Box<dyn Error + Send + Sync>>,
{
    read(path)
        .and_then(|bytes| Arrays::new(&bytes)?.layers())
        .and_then(|layers| {
            N::try_from(layers)
                .map_err(|error| FileProblem::Layers(error.into()))
        })
        .map_err(|problem| FileError::new(path, problem))
}

fn read(path: &Path) -> Result<Vec<u8>, FileProblem> {
    let problem = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => FileProblem::NoFile,
        _ => FileProblem::Unreadable(error),
    };
    // Not by opening it: to open a pipe would wait for its other end.
    if !fs::metadata(path).map_err(problem)?.is_file() {
        return Err(FileProblem::NotAFile);
    }
    fs::read(path).map_err(problem)
}

/// What a file holds.
struct Arrays<'a> {
    infos: BTreeMap<String, TensorInfo>,
    data: &'a [u8],
}

impl<'a> Arrays<'a> {
    /// Arrays that lie within the file, each as long as its shape says, and one
    /// after the other.
    ///
    /// `SafeTensors::deserialize` would do, were its sum of the lengths safe
    /// from overflow, and did it say which length it met.
    fn new(bytes: &'a [u8]) -> Result<Self, FileProblem> {
        let found = bytes.len() as u64;
        let no_header = |expected| FileProblem::NoHeader { expected, found };
        let (length, rest) = bytes
            .split_first_chunk::<LENGTH>()
            .ok_or_else(|| no_header(LENGTH as u64))?;
        if rest.first().is_some_and(|first| *first != b'{') {
            let found = bytes[..=LENGTH].escape_ascii().to_string();
            return Err(FileProblem::Format { found });
        }
        let length = u64::from_le_bytes(*length);
        let before_data = length.saturating_add(LENGTH as u64);
        let (header, data) = usize::try_from(length)
            .ok()
            .and_then(|length| rest.split_at_checked(length))
            .ok_or_else(|| no_header(before_data))?;

        // It checks the shapes and the places of the arrays, too.
        let metadata: Metadata =
            serde_json::from_slice(header).map_err(FileProblem::Header)?;
        let expected = before_data.saturating_add(metadata.data_len() as u64);
        if found != expected {
            return Err(FileProblem::Length { expected, found });
        }
        let infos = metadata.tensors().into_iter();
        let infos = infos.map(|(name, info)| (name, info.clone())).collect();
        Ok(Self { infos, data })
    }

    /// The layers that the arrays make, each as wide as the one before it.
    fn layers<F: Float>(&self) -> Result<Vec<Affine<F>>, FileProblem> {
        let mut layers = Vec::new();
        let mut expected = Vec::new();
        for number in 1.. {
            let names = [format!("W{number}"), format!("b{number}")];
            if number > 1 && !names.iter().any(|name| self.has(name)) {
                break;
            }
            layers.push(self.layer(&names, layers.last())?);
            expected.extend(names);
        }
        match self.infos.keys().find(|name| !expected.contains(name)) {
            None => Ok(layers),
            Some(array) => Err(FileProblem::Extra {
                array: array.clone(),
                expected,
            }),
        }
    }

    fn has(&self, name: &str) -> bool {
        self.infos.contains_key(name)
    }

    fn layer<F: Float>(
        &self,
        [w, b]: &[String; 2],
        before: Option<&Affine<F>>,
    ) -> Result<Affine<F>, FileProblem> {
        let weight: Array2<F> = self.array(w, "[_, _]")?;
        let bias: Array1<F> = self.array(b, "[_]")?;
        let [rows, columns] = [weight.nrows(), weight.ncols()];
        if let Some(before) = before
            && before.bias.len() != rows
        {
            let expected = format!("[{}, _]", before.bias.len());
            return Err(shape(w, &expected, weight.shape()));
        }
        if bias.len() != columns {
            return Err(shape(b, &format!("[{columns}]"), bias.shape()));
        }
        Ok(Affine { weight, bias })
    }

    /// The array of a name, with as many axes as `D` has.
    fn array<F: Float, D: Dimension>(
        &self,
        name: &str,
        expected: &str,
    ) -> Result<Array<F, D>, FileProblem> {
        let Some(info) = self.infos.get(name) else {
            return Err(FileProblem::Missing {
                array: name.to_owned(),
                found: self.infos.keys().cloned().collect(),
            });
        };
        let (start, end) = info.data_offsets;
        let numbers = numbers(name, info.dtype, &self.data[start..end])?;
        ArrayD::from_shape_vec(&info.shape[..], numbers)
            .and_then(Array::into_dimensionality)
            .map_err(|_| shape(name, expected, &info.shape))
    }
}

fn shape(array: &str, expected: &str, found: &[usize]) -> FileProblem {
    FileProblem::Shape {
        array: array.to_owned(),
        expected: expected.to_owned(),
        found: found.to_vec(),
    }
}

/// An f32 becomes an f64 of the same value; nothing is rounded.
fn numbers<F: Float>(
    array: &str,
    found: Dtype,
    bytes: &[u8],
) -> Result<Vec<F>, FileProblem> {
    let expected = dtype::<F>();
    if found == expected {
        Ok(parse(bytes))
    } else if (found, expected) == (Dtype::F32, Dtype::F64) {
        let numbers = parse::<f32>(bytes).into_iter();
        Ok(numbers.map(|number| F::from_f64(number.into())).collect())
    } else {
        let name = |dtype: Dtype| dtype.to_string().to_lowercase();
        Err(FileProblem::Precision {
            array: array.to_owned(),
            expected: name(expected),
            found: name(found),
        })
    }
}

fn parse<F: Float>(bytes: &[u8]) -> Vec<F> {
    let number = |chunk: &[u8]| {
        let mut bytes = F::zero().to_le_bytes();
        bytes.as_mut().copy_from_slice(chunk);
        F::from_le_bytes(&bytes)
    };
    bytes.chunks_exact(size_of::<F>()).map(number).collect()
}
