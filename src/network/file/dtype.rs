//! The format's names for the precisions.

use safetensors::Dtype;

use crate::Float;

/// The format's name for a precision.
pub(super) fn dtype<F: Float>() -> Dtype {
    // `Float` is f32 or f64, and no other.
    if size_of::<F>() == size_of::<f32>() {
        Dtype::F32
    } else {
        Dtype::F64
    }
}
