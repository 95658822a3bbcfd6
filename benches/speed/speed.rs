//! The units that results are printed in.

use std::time::{Duration, Instant};

use criterion::{
    Throughput,
    measurement::{Measurement, ValueFormatter, WallTime},
};

/// The time on the wall, its throughput in samples/s and GFLOP/s.
pub struct Speed;

impl Measurement for Speed {
    type Intermediate = Instant;
    type Value = Duration;

    fn start(&self) -> Instant {
        WallTime.start()
    }

    fn end(&self, start: Instant) -> Duration {
        WallTime.end(start)
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        WallTime.add(one, other)
    }

    fn zero(&self) -> Duration {
        WallTime.zero()
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        self
    }
}

impl ValueFormatter for Speed {
    fn scale_values(&self, typical: f64, values: &mut [f64]) -> &'static str {
        WallTime.formatter().scale_values(typical, values)
    }

    fn scale_throughputs(
        &self,
        typical: f64,
        throughput: &Throughput,
        values: &mut [f64],
    ) -> &'static str {
        // Values are nanoseconds, so that an operation each is a GFLOP/s.
        let (amount, unit) = match *throughput {
            Throughput::Bytes(operations) => (operations as f64, "GFLOP/s"),
            Throughput::Elements(samples)
            | Throughput::ElementsAndBytes {
                elements: samples, ..
            } => {
                let samples = samples as f64;
                if samples < typical * 1e-3 {
                    (samples * 1e6, "k samples/s")
                } else {
                    (samples * 1e3, "M samples/s")
                }
            }
            _ => {
                return WallTime
                    .formatter()
                    .scale_throughputs(typical, throughput, values);
            }
        };
        for value in values {
            *value = amount / *value;
        }
        unit
    }

    fn scale_for_machines(&self, values: &mut [f64]) -> &'static str {
        WallTime.formatter().scale_for_machines(values)
    }
}
