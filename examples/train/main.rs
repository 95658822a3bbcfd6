//! Trains the book's network from the command line and prints how it goes.

mod options;
mod watcher;

use std::{error::Error, path::Path, process::ExitCode, time::Instant};

use backprop::{
    ChaCha8Rng, DataError, Dataset, FileError, Float, Layers, Mnist,
    MultiLayerNet, Network, SeedableRng, Sizes, TwoLayerNet, data::Problem,
    digits, network::FileProblem, train_with,
};
use options::Options;
use rayon::{ThreadPool, ThreadPoolBuilder};
use watcher::Watcher;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Of the crate's own digits, as of MNIST's.
const CLASSES: usize = 10;

fn main() -> ExitCode {
    let options = Options::of(std::env::args().skip(1))
        .unwrap_or_else(|error| error.exit());
    match run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Outcome<()> {
    if let Some(path) = &options.save {
        check_folder(path)?;
    }
    let start = Instant::now();
    let sets = &data(options)?;
    let loaded = start.elapsed().as_secs_f64();

    let pool = pool(options)?;
    let start = Instant::now();
    let watcher = pool.install(|| {
        if options.f64 {
            learn::<f64>(options, sets)
        } else {
            learn::<f32>(options, sets)
        }
    })?;
    watcher.finish(&format!(
        "{} images in {loaded:.2} s, training and evaluation in {:.2} s, {}, \
         threads: {}",
        sets.0.len() + sets.1.len(),
        start.elapsed().as_secs_f64(),
        if options.f64 { "f64" } else { "f32" },
        pool.current_num_threads()
    ))?;
    Ok(())
}

/// Now, and not when the training is over.
fn check_folder(path: &Path) -> Outcome<()> {
    match path.parent() {
        Some(folder) if folder != Path::new("") && !folder.is_dir() => {
            let (path, folder) = (path.display(), folder.display());
            Err(format!("--save {path}: there is no folder {folder}").into())
        }
        _ => Ok(()),
    }
}

/// Images to learn from, and images to test on.
fn data(options: &Options) -> Outcome<(Dataset, Dataset)> {
    if options.digits {
        return Ok((digits::dataset(10_000, 1), digits::dataset(2000, 2)));
    }
    let mnist = match &options.data {
        Some(folder) => Mnist::load(folder)?,
        None => Mnist::load_default().map_err(|error| with_command(&error))?,
    };
    Ok((mnist.train, mnist.test))
}

/// The threads that the training shares.
fn pool(options: &Options) -> Result<ThreadPool, String> {
    // Rayon's own default is as many as there are cores, too, unless the
    // environment says otherwise.
    let threads = options.threads.unwrap_or(0);
    ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .map_err(|error| format!("cannot start the threads: {error}"))
}

fn learn<F: Float>(
    options: &Options,
    sets: &(Dataset, Dataset),
) -> Outcome<Watcher> {
    let input = sets.0.images.ncols();
    let rng = &mut ChaCha8Rng::seed_from_u64(options.seed);
    if let Some(path) = &options.load {
        let net = load::<F>(path, [input, CLASSES])?;
        train_and_save(net, options, sets)
    } else if let [hidden] = options.hidden[..] {
        let sizes = Sizes {
            input,
            hidden,
            output: CLASSES,
        };
        let net = if options.he {
            TwoLayerNet::<F>::he_normal(sizes, rng)
        } else {
            TwoLayerNet::<F>::new(sizes, rng)
        };
        train_and_save(net, options, sets)
    } else {
        let widths = [&[input], &options.hidden[..], &[CLASSES]].concat();
        let net = MultiLayerNet::<F>::he_normal(&widths, rng);
        train_and_save(net, options, sets)
    }
}

/// A network of any depth, between those widths.
fn load<F: Float>(
    path: &Path,
    expected: [usize; 2],
) -> Outcome<MultiLayerNet<F>> {
    let net = MultiLayerNet::load(path).map_err(|error| with_option(&error))?;
    let widths = net.widths();
    let found = [widths[0], widths[widths.len() - 1]];
    if found == expected {
        Ok(net)
    } else {
        Err(format!(
            "{}: its widths are {widths:?}, the images have {} pixels and are \
             of {} classes",
            path.display(),
            expected[0],
            expected[1]
        )
        .into())
    }
}

fn train_and_save<N: Network>(
    mut net: N,
    options: &Options,
    (learn, test): &(Dataset, Dataset),
) -> Outcome<Watcher> {
    let mut watcher = Watcher::new();
    train_with(
        &mut net,
        &mut *options.optimizer(),
        learn,
        test,
        &options.plan(),
        |progress| watcher.watch(progress),
    )?;
    if let Some(path) = &options.save {
        net.save(path)?;
    }
    Ok(watcher)
}

/// With the book's own command, of which the library does not know.
fn with_command(error: &DataError) -> String {
    match error.problem {
        Problem::Unreadable(_) => error.to_string(),
        _ => format!("{error}; `cargo book data` does all this"),
    }
}

/// With the option that loads what is of another precision.
fn with_option(error: &FileError) -> String {
    match &error.problem {
        FileProblem::Precision { found, .. } if found == "f64" => {
            format!("{error}. To load it as f64, add --f64")
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(words: &[&str]) -> Options {
        Options::of(words.iter().map(ToString::to_string)).unwrap()
    }

    #[test]
    fn threads_are_counted_from_one() {
        for threads in [1, 3] {
            let options = options(&["--threads", &threads.to_string()]);
            let pool = pool(&options).unwrap();
            assert_eq!(pool.current_num_threads(), threads);
        }
    }

    #[test]
    fn a_training_goes_on_from_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.safetensors");
        let file = path.to_str().unwrap();
        let digits = ["--digits", "--batch", "1000"];
        let run_with = |words: &[&str]| {
            run(&options(&[&digits, words].concat()))
                .map_err(|error| error.to_string())
        };
        let load = || MultiLayerNet::<f64>::load(&path).unwrap();

        let words = ["--f64", "--epochs", "1", "--hidden", "20,15"];
        run_with(&[&words[..], &["--save", file]].concat()).unwrap();
        let first = load();
        assert_eq!(first.widths(), [784, 20, 15, 10]);
        let both = ["--load", file, "--save", file, "--f64", "--epochs"];
        run_with(&[&both[..], &["0"]].concat()).unwrap();
        assert_eq!(load(), first);
        let more = [&both[..], &["1", "--optimizer", "adam"]].concat();
        run_with(&more).unwrap();
        assert_ne!(load(), first);

        let error = run_with(&["--load", file]).unwrap_err();
        assert!(error.ends_with(". To load it as f64, add --f64"), "{error}");
    }

    #[test]
    fn a_network_for_other_images() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("net.safetensors");
        let rng = &mut ChaCha8Rng::seed_from_u64(1);
        let net = MultiLayerNet::<f32>::he_normal(&[4, 3, 2], rng);
        net.save(&path).unwrap();
        let error = load::<f32>(&path, [784, 10]).unwrap_err().to_string();
        let expected = "its widths are [4, 3, 2], the images have 784 pixels \
                        and are of 10 classes";
        assert!(error.ends_with(expected), "{error}");
    }

    #[test]
    fn nothing_is_learnt_that_could_not_be_saved() {
        let options = options(&["--save", "no/such/folder/net", "--digits"]);
        assert_eq!(
            run(&options).unwrap_err().to_string(),
            "--save no/such/folder/net: there is no folder no/such/folder"
        );
    }

    #[test]
    fn data_that_is_not_there() {
        let options = options(&["--data", "no/such/folder"]);
        let error = data(&options).unwrap_err().to_string();
        assert!(error.contains("there is no such folder"), "{error}");
        let error = with_command(&Mnist::load("nowhere").unwrap_err());
        let expected = "; `cargo book data` does all this";
        assert!(error.ends_with(expected), "{error}");
    }
}
