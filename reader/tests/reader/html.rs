//! What is wrong with the HTML of a page, as a parser sees it.

use std::cell::RefCell;
use std::collections::BTreeSet;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer,
    TokenizerOpts,
};

/// Elements whose text is no prose.
const CODE: [&str; 5] = ["code", "math", "script", "style", "svg"];

/// Elements that nothing ends.
const VOID: [&str; 5] = ["br", "hr", "img", "input", "link"];

/// What Markdown leaves where it was not read.
const MARKDOWN: [&str; 6] = ["```", "](", "**", "$$", "\\label", "<figure"];

#[derive(Default)]
struct Reader(RefCell<Read>);

#[derive(Default)]
struct Read {
    open: Vec<String>,
    ids: BTreeSet<String>,
    links: Vec<String>,
    wrong: Vec<String>,
}

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _: u64) -> TokenSinkResult<()> {
        self.0.borrow_mut().take(token);
        TokenSinkResult::Continue
    }
}

impl Read {
    fn take(&mut self, token: Token) {
        match token {
            Token::TagToken(tag) => {
                let name = tag.name.to_string();
                if tag.kind == TagKind::EndTag {
                    let open = self.open.pop();
                    if open.as_deref() != Some(&name) {
                        self.wrong.push(format!("</{name}> ends {open:?}"));
                    }
                    return;
                }
                for attribute in &tag.attrs {
                    let value = attribute.value.to_string();
                    match &*attribute.name.local {
                        "id" if self.ids.contains(&value) => {
                            self.wrong.push(format!("#{value} twice"));
                        }
                        "id" => {
                            self.ids.insert(value);
                        }
                        "href" => self.links.push(value),
                        _ => {}
                    }
                }
                if !tag.self_closing && !VOID.contains(&&*name) {
                    self.open.push(name);
                }
            }
            Token::CharacterTokens(text) => {
                let is_code = self.open.iter().any(|it| CODE.contains(&&**it));
                for mark in MARKDOWN {
                    if !is_code && text.contains(mark) {
                        self.wrong.push(format!("{mark} in {text}"));
                    }
                }
            }
            Token::ParseError(error) => self.wrong.push(error.to_string()),
            _ => {}
        }
    }
}

/// What is wrong: an element that does not end where it should, an id that is
/// there twice, a link to a place on the page that it does not have, Markdown
/// in the text.
pub fn mistakes(page: &str) -> Vec<String> {
    let tokenizer = Tokenizer::new(Reader::default(), TokenizerOpts::default());
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(page));
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    let Read {
        open,
        ids,
        links,
        mut wrong,
    } = tokenizer.sink.0.into_inner();
    wrong.extend(open.into_iter().map(|name| format!("<{name}> has no end")));
    for link in links {
        if let Some(anchor) = link.strip_prefix('#')
            && !ids.contains(anchor)
        {
            wrong.push(format!("{link} leads to nothing"));
        }
    }
    wrong
}

#[test]
fn mistakes_are_seen() {
    for (page, expected) in [
        ("<p id=\"a\"><a href=\"#a\">**</a></p>", "** in"),
        ("<p><b></p>", "</p> ends"),
        ("<p>", "<p> has no end"),
        ("<b id=\"a\"></b><i id=\"a\"></i>", "#a twice"),
        ("<a href=\"#b\"></a>", "#b leads to nothing"),
    ] {
        let found = mistakes(page).join("; ");
        assert!(found.contains(expected), "{page}: {found}");
    }
    assert!(mistakes("<p id=\"a\"><code>**</code><br></p>").is_empty());
}
