//! How fast the crate is: `cargo bench`, or `cargo bench -- step/f32` for the
//! part whose names hold those words.
//!
//! Each line says how long one call takes, how many samples a second that is,
//! and how many operations (additions and multiplications) a second in the
//! matrix products. Images come from MNIST, or from the crate's own digits
//! where MNIST is missing; the first line says which.

mod gradient;
mod growth;
mod images;
mod predict;
mod speed;
mod step;
mod work;

use std::time::Duration;

use criterion::Criterion;

use images::Images;
use speed::Speed;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut criterion = Criterion::default()
        .with_measurement(Speed)
        .sample_size(20)
        .nresamples(10_000)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    let images = Images::load();
    println!("images: {}", images.source);
    step::bench(&mut criterion, &images.dataset)?;
    predict::bench(&mut criterion, &images.dataset)?;
    gradient::bench(&mut criterion, &images.dataset)?;
    growth::bench(&mut criterion, &images.dataset)?;
    criterion.final_summary();
    Ok(())
}
