//! Loading by the description.

use std::{fs::File, path::Path, thread};

use ndarray::Array2;

use super::{
    DataError, DataFile, Dataset, Problem, Source, Split,
    idx::{self, IdxFile},
};
use crate::Labels;

/// A data set as it was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainTest {
    /// Images to learn from.
    pub train: Dataset,
    /// Images to test on, which are not to be learnt from.
    pub test: Dataset,
}

impl Source {
    /// Loads the four files from a folder.
    ///
    /// The bytes returned are those whose checksums were compared, whatever
    /// happens to the files meanwhile.
    ///
    /// # Shapes
    ///
    /// For each of the two: images `(N, side * side)`, labels `(N,)`.
    ///
    /// # Errors
    ///
    /// If a file is missing, cannot be read, or is not what the description
    /// says: in its header, its length, its SHA-256, or a label that is not
    /// below `classes`.
    ///
    /// # Panics
    ///
    /// If no file can be as described: a count or a side of 2^32 or more.
    pub fn load(
        &self,
        folder: impl AsRef<Path>,
    ) -> Result<TrainTest, DataError> {
        let folder = folder.as_ref();
        if !folder.is_dir() {
            let problem = Problem::NoFolder;
            return Err(self.error(folder, &self.files(), problem));
        }
        // Faults that show at once come before those that take reading.
        let (train, test) = (
            self.open(folder, &self.train)?,
            self.open(folder, &self.test)?,
        );
        let (train, test) = thread::scope(|scope| {
            let test = scope.spawn(|| self.read(folder, &self.test, test));
            let train = self.read(folder, &self.train, train);
            (train, test.join().expect("reading does not panic"))
        });
        Ok(TrainTest {
            train: train?,
            test: test?,
        })
    }

    /// Loads the four files from the book's own [`folder`](Self::folder), below
    /// the current one.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn load_default(&self) -> Result<TrainTest, DataError> {
        self.load(self.folder)
    }

    fn files(&self) -> [DataFile; 4] {
        let Self { train, test, .. } = self;
        [train.images, train.labels, test.images, test.labels]
    }

    /// The images and the labels, with the right headers and lengths.
    fn open(
        &self,
        folder: &Path,
        split: &Split,
    ) -> Result<[IdxFile<File>; 2], DataError> {
        let open = |file: DataFile, dimensions: &[_]| {
            let path = folder.join(file.name);
            idx::open(&path, dimensions)
                .map_err(|problem| self.error(&path, &[file], problem))
        };
        let Self { side, .. } = *self;
        let images = [
            ("number of images", split.count),
            ("number of rows", side),
            ("number of columns", side),
        ];
        let labels = [("number of labels", split.count)];
        Ok([open(split.images, &images)?, open(split.labels, &labels)?])
    }

    fn read(
        &self,
        folder: &Path,
        split: &Split,
        [images, labels]: [IdxFile<File>; 2],
    ) -> Result<Dataset, DataError> {
        let error = |file: DataFile, problem| {
            self.error(&folder.join(file.name), &[file], problem)
        };
        let images = images
            .read(split.images.sha256)
            .map_err(|problem| error(split.images, problem))?;
        let labels = labels
            .read(split.labels.sha256)
            .and_then(|labels| self.check(labels))
            .map_err(|problem| error(split.labels, problem))?;
        let shape = (split.count, self.side * self.side);
        let images = Array2::from_shape_vec(shape, images)
            .expect("the length of the file was checked");
        Ok(Dataset::new(images, Labels::new(labels)))
    }

    fn check(&self, labels: Vec<u8>) -> Result<Vec<u8>, Problem> {
        let classes = self.classes;
        let mut enumerated = labels.iter().enumerate();
        match enumerated.find(|&(_, &label)| usize::from(label) >= classes) {
            None => Ok(labels),
            Some((index, &found)) => Err(Problem::Label {
                index,
                classes,
                found,
            }),
        }
    }

    fn error(
        &self,
        path: &Path,
        files: &[DataFile],
        problem: Problem,
    ) -> DataError {
        let files: Vec<_> = files.iter().map(|file| file.name).collect();
        DataError::new(self.name, self.mirrors, &files, path, problem)
    }
}
