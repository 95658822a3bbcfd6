/// Bytes as text, as they arrive: no character is cut in two.
#[derive(Default)]
pub(super) struct Decoder {
    /// The beginning of a character whose end has not arrived.
    cut: Vec<u8>,
}

impl Decoder {
    pub(super) fn push(&mut self, bytes: &[u8]) -> String {
        self.cut.extend_from_slice(bytes);
        let mut text = String::new();
        let mut kept = 0;
        let mut chunks = self.cut.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            text.push_str(chunk.valid());
            let rest = chunk.invalid();
            let is_begun = str::from_utf8(rest)
                .is_err_and(|error| error.error_len().is_none());
            if is_begun && chunks.peek().is_none() {
                kept = rest.len();
            } else if !rest.is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        self.cut.drain(..self.cut.len() - kept);
        text
    }

    /// What is left when no more will arrive.
    pub(super) fn finish(&mut self) -> String {
        let text = String::from_utf8_lossy(&self.cut).into_owned();
        self.cut.clear();
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_the_same_however_it_arrives() {
        for bytes in [
            "a\u{e4}\u{20ac}\u{1f980}z".as_bytes(),
            b"\xff\xfe a \xe2\x82 b \xf0\x9f\xa6",
            b"\xe2\x82",
            b"\xc0\x80\xed\xa0\x80",
            b"",
        ] {
            let whole = String::from_utf8_lossy(bytes);
            for size in 1..=bytes.len() {
                let mut decoder = Decoder::default();
                let mut text = String::new();
                for chunk in bytes.chunks(size) {
                    text += &decoder.push(chunk);
                }
                text += &decoder.finish();
                assert_eq!(text, whole, "{bytes:?} by {size}");
            }
        }
    }

    #[test]
    fn a_whole_character_does_not_wait() {
        let mut decoder = Decoder::default();
        assert_eq!(decoder.push(b"a\xc3"), "a");
        assert_eq!(decoder.push(b"\xa4b\xe2"), "\u{e4}b");
        assert_eq!(decoder.push(b"b"), "\u{fffd}b");
    }
}
