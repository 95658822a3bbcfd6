//! Pixels as an address that holds them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use png::{BitDepth, ColorType, Compression, Encoder, EncodingError, Filter};

/// Shades from 0, nothing, to 15, all ink.
pub(super) fn ink(
    width: usize,
    height: usize,
    shades: &[u8],
) -> Option<String> {
    address(width, height, shades, None)
}

/// Shades from 1, dark, over 8, mid grey, to 15, light; 0 is transparent.
pub(super) fn signs(
    width: usize,
    height: usize,
    shades: &[u8],
) -> Option<String> {
    let greys = (0..16_u8)
        .flat_map(|shade| [shade.saturating_mul(17) - shade.min(1) * 8; 3]);
    address(width, height, shades, Some(greys.collect()))
}

fn address(
    width: usize,
    height: usize,
    shades: &[u8],
    palette: Option<Vec<u8>>,
) -> Option<String> {
    let rows: Vec<u8> = shades
        .chunks(width.max(1))
        .flat_map(|row| row.chunks(2))
        .map(|pair| pair[0] << 4 | pair.get(1).copied().unwrap_or(0))
        .collect();
    // Only a picture larger than any page could not be written.
    let width = u32::try_from(width).ok()?;
    let height = u32::try_from(height).ok()?;
    let file = encode(width, height, &rows, palette).ok()?;
    Some(format!("data:image/png;base64,{}", STANDARD.encode(file)))
}

fn encode(
    width: u32,
    height: u32,
    rows: &[u8],
    palette: Option<Vec<u8>>,
) -> Result<Vec<u8>, EncodingError> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_depth(BitDepth::Four);
    encoder.set_color(ColorType::Grayscale);
    if let Some(palette) = palette {
        encoder.set_color(ColorType::Indexed);
        encoder.set_palette(palette);
        encoder.set_trns(vec![0]);
    }
    encoder.set_compression(Compression::High);
    // Filters are for shades that run smoothly over many bits.
    encoder.set_filter(Filter::NoFilter);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rows)?;
    writer.finish()?;
    Ok(file)
}
