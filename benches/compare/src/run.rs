//! The measurements, one kind of work after the other.

use std::{ops::RangeInclusive, time::Duration};

use anyhow::{Context, Result, bail};
use cells::measure::rustc;
use peer::{Precision, Request, TEST_IMAGES, Work};

use crate::check::{self, Task};
use crate::child::{Child, first_step};
use crate::cli::{Kind, Options};
use crate::column::Column;
use crate::contestant::{
    ALL, ARITHMETIC, Contestant, LADDER, OPTIMIZERS, OURS, Places,
};
use crate::results::Results;
use crate::rounds::{Plan, Turn, interleave, median};

/// The row of the fastest bare products, below which no step can be.
pub const FLOOR: &str = "five products";

/// The seeds of the runs whose test accuracy is found.
pub const SEEDS: RangeInclusive<u64> = 1..=5;

/// Batches whose step is timed, with 50 hidden units.
pub const BATCHES: [usize; 13] =
    [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

/// Hidden units whose step is timed, with batches of 100.
pub const HIDDEN: [usize; 8] = [10, 20, 50, 100, 200, 500, 1000, 2000];

const MICROSECONDS: &str = "microseconds";
const MILLION_IMAGES: &str = "million images a second";
const SECONDS: &str = "seconds";

/// A comparison that goes on, or is done.
pub struct Run {
    /// What was measured.
    pub results: Results,
    /// The versions of all who took part.
    pub versions: Vec<(String, String)>,
    /// Who was skipped or dropped, and why.
    pub problems: Vec<String>,
    places: Places,
    contestants: Vec<&'static Contestant>,
    work: Vec<Kind>,
    plan: Plan,
    quick: bool,
}

impl Run {
    /// Sees who is there.
    pub fn new(places: Places, options: &Options) -> Result<Self> {
        let image = places.data.join("train-images-idx3-ubyte");
        if !image.is_file() {
            bail!(
                "MNIST: {}: there is no such file. To fetch the data set: \
                 cargo book data",
                image.display()
            );
        }
        let only = &options.only;
        let wanted = |it: &&Contestant| {
            only.is_empty()
                || it.name == OURS
                || only.iter().any(|other| other.name == it.name)
        };
        let (mut contestants, mut problems) = (Vec::new(), Vec::new());
        for contestant in ALL.iter().filter(wanted) {
            match contestant.missing(&places) {
                Some(missing) => {
                    eprintln!("skipped: {missing}");
                    problems.push(missing);
                }
                None => contestants.push(contestant),
            }
        }
        Ok(Self {
            results: Results::default(),
            versions: vec![("rustc".to_owned(), rustc())],
            problems,
            places,
            contestants,
            work: options.work.clone(),
            plan: if options.quick {
                Plan {
                    rounds: 3,
                    turn: Duration::from_millis(40),
                }
            } else {
                Plan {
                    rounds: options.rounds.into(),
                    turn: Duration::from_millis(150),
                }
            },
            quick: options.quick,
        })
    }

    /// Does all that is wanted.
    pub fn all(&mut self) -> Result<()> {
        let task = Task::new()?;
        for column in Column::ALL {
            self.column(column, &task)?;
        }
        if self.wants(Kind::Epochs) {
            for column in Column::SINGLE {
                self.epochs(column);
            }
        }
        if self.wants(Kind::Evaluated) {
            for column in Column::SINGLE {
                self.evaluated(column)?;
            }
        }
        if self.wants(Kind::Optimizers) {
            for column in Column::ALL {
                self.optimizers(column)?;
            }
        }
        if self.wants(Kind::Start) {
            self.start(Column::SINGLE[1]);
        }
        if self.wants(Kind::Accuracy) {
            self.accuracy(Column::SINGLE[1])?;
        }
        if self.wants(Kind::Growth) && !self.quick {
            for column in Column::SINGLE {
                self.growth(column);
            }
        }
        if self.wants(Kind::Ladder) {
            for precision in [Precision::F32, Precision::F64] {
                self.ladder(precision, &task)?;
            }
        }
        Ok(())
    }

    fn wants(&self, kind: Kind) -> bool {
        self.work.is_empty() || self.work.contains(&kind)
    }

    /// All that is timed in turns: everyone runs, one of them works.
    fn column(&mut self, column: Column, task: &Task) -> Result<()> {
        let single = Column::SINGLE.contains(&column);
        let step = self.wants(Kind::Step);
        let predict = self.wants(Kind::Predict);
        let products = self.wants(Kind::Products);
        let numerical = !single && self.wants(Kind::Numerical);
        if !(step || predict || products || numerical) {
            return Ok(());
        }
        eprintln!("{column}: everyone starts and is checked");
        let entrants = self.contestants.clone().into_iter();
        let entrants: Vec<_> = entrants
            .filter(|it| it.enters(column))
            .map(|it| (it, column))
            .collect();
        let mut children = self.children(&entrants, task)?;
        for child in &children {
            self.remember(child);
        }
        if step {
            // In the same rounds: a step is compared with its products.
            self.time(&mut children, column, &[PRODUCTS, STEP]);
        } else if products {
            self.time(&mut children, column, &[PRODUCTS]);
        }
        if predict {
            self.time(&mut children, column, &[FORWARD, PREDICT]);
        } else if products {
            self.time(&mut children, column, &[FORWARD]);
        }
        if numerical {
            self.time(&mut children, column, &[NUMERICAL]);
        }
        Ok(())
    }

    /// Starts them, and checks that they agree with the first.
    fn children(
        &mut self,
        entrants: &[(&'static Contestant, Column)],
        task: &Task,
    ) -> Result<Vec<Child>> {
        let mut children = Vec::new();
        let mut first = None;
        for &(contestant, column) in entrants {
            let checked = || -> Result<Child> {
                let mut child = Child::start(contestant, &self.places, column)?;
                if child.can(Work::Step) {
                    let outcome = task.ask(&mut child)?;
                    let expected = first.get_or_insert(outcome.clone());
                    check::agree(&child, column.precision, expected, &outcome)?;
                }
                Ok(child)
            };
            match { checked }() {
                // There is nothing to compare with.
                Err(error) if first.is_none() => return Err(error),
                Err(error) => self.drop(&error),
                Ok(child) => children.push(child),
            }
        }
        Ok(children)
    }

    /// The rungs of the ladder take turns as the contestants of a column do.
    fn ladder(&mut self, precision: Precision, task: &Task) -> Result<()> {
        eprintln!("{precision}: the ladder");
        let entrants = LADDER
            .each_ref()
            .map(|rung| (rung, Column::new(precision, rung.threads)));
        let mut children = self.children(&entrants, task)?;
        self.steps(&mut children, &format!("ladder.{precision}"));
        Ok(())
    }

    /// So do the optimizers, which nobody else has to agree with.
    fn optimizers(&mut self, column: Column) -> Result<()> {
        eprintln!("{column}: the optimizers");
        let mut children = OPTIMIZERS
            .iter()
            .map(|it| Child::start(it, &self.places, column))
            .collect::<Result<Vec<_>>>()?;
        self.steps(&mut children, &format!("optimizers.{}", column.key()));
        Ok(())
    }

    /// Times the step of each.
    fn steps(&mut self, children: &mut Vec<Child>, table: &str) {
        let step: Asked = (Work::Step, &Request::Step);
        for (_, name, time) in self.turns(children, self.plan, &[step]) {
            self.results.add(table, MICROSECONDS, name, 1e6 * time);
        }
    }

    /// Times the works in the same rounds: the products before the step, whose
    /// table begins with the fastest of them.
    fn time(
        &mut self,
        children: &mut Vec<Child>,
        column: Column,
        timed: &[Timed],
    ) {
        let kinds: Vec<_> = timed.iter().map(|timed| timed.kind).collect();
        eprintln!("{column}: {}", kinds.join(" and "));
        let asked: Vec<Asked> = timed
            .iter()
            .map(|timed| (timed.work, &timed.request as _))
            .collect();
        let seconds = self.turns(children, self.plan, &asked);
        for timed in timed {
            let table = format!("{}.{}", timed.kind, column.key());
            if timed.work == Work::Step {
                let products = format!("products.{}", column.key());
                let best = self.results.least(&products, |it| it != ARITHMETIC);
                if let Some((_, floor)) = best {
                    self.results.add(&table, timed.unit, FLOOR, floor);
                }
            }
            for &(work, name, second) in &seconds {
                if work == timed.work {
                    let value = (timed.value)(second);
                    self.results.add(&table, timed.unit, name, value);
                }
            }
        }
    }

    /// The seconds that a unit of each work takes each who can do it, in
    /// turns; who fails in one is dropped from all.
    fn turns(
        &mut self,
        children: &mut Vec<Child>,
        plan: Plan,
        asked: &[Asked<'_>],
    ) -> Vec<(Work, &'static str, f64)> {
        let (mut turns, mut works) = (Vec::new(), Vec::new());
        for &(work, request) in asked {
            for (child, it) in children.iter().enumerate() {
                if it.can(work) {
                    turns.push(Turn { child, request });
                    works.push((work, it.contestant.name));
                }
            }
        }
        let mut times = Vec::new();
        for ((work, name), median) in
            works.into_iter().zip(interleave(children, plan, &turns))
        {
            match median {
                Ok(time) => times.push((work, name, time)),
                Err(error) => {
                    let before = children.len();
                    children.retain(|it| it.contestant.name != name);
                    if children.len() < before {
                        self.drop(&error);
                    }
                }
            }
        }
        times.retain(|(_, name, _)| {
            children.iter().any(|it| it.contestant.name == *name)
        });
        times
    }

    /// A process for each: its peak of memory is that of this run.
    fn epochs(&mut self, column: Column) {
        eprintln!("{column}: 10 epochs, and their memory");
        // The first may be slow for reasons that come once.
        let epochs = if self.quick { 1 } else { 10 };
        for contestant in self.contestants.clone() {
            let measure = || -> Result<Option<(f64, Option<f64>)>> {
                let mut child = Child::start(contestant, &self.places, column)?;
                if !child.can(Work::Step) {
                    return Ok(None);
                }
                child.seconds(&Request::Epoch(1))?;
                let seconds = child.seconds(&Request::Epoch(epochs))?;
                Ok(Some((10.0 * seconds, child.peak_memory())))
            };
            if !contestant.enters(column) {
                continue;
            }
            let (name, key) = (contestant.name, column.key());
            match measure() {
                Ok(None) => {}
                Ok(Some((seconds, memory))) => {
                    let table = format!("epochs.{key}");
                    self.results.add(&table, SECONDS, name, seconds);
                    if let Some(memory) = memory {
                        let table = format!("memory.{key}");
                        self.results.add(&table, "MiB", name, memory);
                    }
                }
                Err(error) => self.drop(&error),
            }
        }
    }

    /// Training as the crate's reader calls it.
    fn evaluated(&mut self, column: Column) -> Result<()> {
        eprintln!("{column}: 10 epochs, evaluated");
        let mut child = self.ours(column)?;
        // The first may be slow for reasons that come once.
        child.seconds(&Request::Evaluated(1))?;
        let rounds = if self.quick { 1 } else { 3 };
        let times = (0..rounds)
            .map(|_| Ok(10.0 * child.seconds(&Request::Evaluated(10))?))
            .collect::<Result<_>>()?;
        let table = format!("evaluated.{}", column.key());
        self.results.add(&table, SECONDS, OURS, median(times));
        Ok(())
    }

    fn ours(&self, column: Column) -> Result<Child> {
        let ours = self.contestants.iter().find(|it| it.name == OURS);
        let ours = ours.with_context(|| format!("{OURS} is not there"))?;
        Child::start(ours, &self.places, column)
    }

    fn start(&mut self, column: Column) {
        eprintln!("{column}: from the start to the end of the first step");
        let rounds = if self.quick { 1 } else { 3 };
        let table = format!("start.{}", column.key());
        let mut runs: Vec<(&'static Contestant, Vec<f64>)> = self
            .contestants
            .iter()
            .filter(|it| it.enters(column))
            .map(|&it| (it, Vec::new()))
            .collect();
        // The first round is not counted: it warms the system's file cache.
        for round in 0..=rounds {
            let mut errors = Vec::new();
            runs.retain_mut(|(contestant, times)| {
                match first_step(contestant, &self.places, column) {
                    Ok(Some(time)) => {
                        if round > 0 {
                            times.push(time);
                        }
                        true
                    }
                    Ok(None) => false,
                    Err(error) => {
                        errors.push(error);
                        false
                    }
                }
            });
            for error in errors {
                self.drop(&error);
            }
        }
        for (contestant, times) in runs {
            let name = contestant.name;
            self.results.add(&table, SECONDS, name, median(times));
        }
    }

    fn accuracy(&mut self, column: Column) -> Result<()> {
        eprintln!("{column}: accuracy after 10,000 steps");
        let mut child = self.ours(column)?;
        let seeds = if self.quick { 1..=1 } else { SEEDS };
        for seed in seeds {
            let accuracy = child.accuracy(&Request::Accuracy(seed))?;
            let unit = "fraction of the test images, by seed";
            self.results
                .add("accuracy", unit, &seed.to_string(), accuracy);
        }
        Ok(())
    }

    fn growth(&mut self, column: Column) {
        let mut children = Vec::new();
        for contestant in self.contestants.clone() {
            // Only two tell of growth, and a start costs seconds.
            if ![OURS, "NumPy"].contains(&contestant.name) {
                continue;
            }
            match Child::start(contestant, &self.places, column) {
                Ok(child) => children.push(child),
                Err(error) => self.drop(&error),
            }
        }
        for (what, sizes) in [("batch", &BATCHES[..]), ("hidden", &HIDDEN)] {
            eprintln!("{column}: growth of {what}");
            for &size in sizes {
                self.grow(&mut children, column, what, size);
            }
        }
    }

    fn grow(
        &mut self,
        children: &mut Vec<Child>,
        column: Column,
        what: &str,
        size: usize,
    ) {
        let (batch, hidden) = match what {
            "batch" => (size, peer::HIDDEN),
            _ => (peer::BATCH, size),
        };
        let plan = Plan {
            rounds: self.plan.rounds.min(3),
            turn: self.plan.turn / 2,
        };
        let grow = |steps| Request::Grow {
            steps,
            batch,
            hidden,
        };
        for (_, name, time) in
            self.turns(children, plan, &[(Work::Grow, &grow)])
        {
            let table = format!("growth.{what}.{}.{name}", column.key());
            let row = size.to_string();
            self.results.add(&table, MICROSECONDS, &row, 1e6 * time);
        }
    }

    fn drop(&mut self, error: &anyhow::Error) {
        eprintln!("dropped: {error:#}");
        self.problems.push(format!("{error:#}"));
    }

    fn remember(&mut self, child: &Child) {
        let name = child.contestant.name;
        if !self.versions.iter().any(|(known, _)| known == name) {
            let version = child.hello.version.clone();
            self.versions.push((name.to_owned(), version));
        }
    }
}

/// A work, and the request for so many units of it.
type Asked<'a> = (Work, &'a dyn Fn(usize) -> Request);

/// A kind of work that is timed in turns.
struct Timed {
    kind: &'static str,
    work: Work,
    unit: &'static str,
    request: fn(usize) -> Request,
    /// The number in the table for a unit of work that takes these seconds.
    value: fn(f64) -> f64,
}

const fn microseconds(seconds: f64) -> f64 {
    1e6 * seconds
}

/// A unit of work is all test images.
const fn million_images(seconds: f64) -> f64 {
    TEST_IMAGES as f64 / seconds / 1e6
}

const PRODUCTS: Timed = Timed {
    kind: "products",
    work: Work::Products,
    unit: MICROSECONDS,
    request: Request::Products,
    value: microseconds,
};

const STEP: Timed = Timed {
    kind: "step",
    work: Work::Step,
    unit: MICROSECONDS,
    request: Request::Step,
    value: microseconds,
};

const FORWARD: Timed = Timed {
    kind: "forward",
    work: Work::Forward,
    unit: MILLION_IMAGES,
    request: Request::Forward,
    value: million_images,
};

const PREDICT: Timed = Timed {
    kind: "predict",
    work: Work::Predict,
    unit: MILLION_IMAGES,
    request: Request::Predict,
    value: million_images,
};

const NUMERICAL: Timed = Timed {
    kind: "numerical",
    work: Work::Numerical,
    unit: SECONDS,
    request: Request::Numerical,
    value: |seconds| seconds,
};
