//! The tape of the README's recording, played on the real program: what it waits for does
//! come. Only the words of `vhs` that the tape uses are known here.

use jiff::SignedDuration;

use crate::support::journey::Journey;

/// One line of a tape.
#[derive(Debug)]
enum Step<'a> {
    Type(&'a str),
    Key(&'static str),
    Sleep(SignedDuration),
    Wait(String),
    Other,
}

const KEYS: &[(&str, &str)] = &[("Enter", "<enter>"), ("Escape", "<esc>"), ("Space", "<space>")];
const OTHERS: &[&str] = &["Output", "Require", "Set", "Hide", "Show"];

fn step(line: &str) -> Step<'_> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    if let Some((_, key)) = KEYS.iter().find(|(name, _)| *name == word) {
        return Step::Key(key);
    }
    match word {
        "Type" => Step::Type(rest.trim_matches('"')),
        "Wait+Screen" => Step::Wait(rest.trim_matches('/').replace('\\', "")),
        "Sleep" => Step::Sleep(pause(rest)),
        word if OTHERS.contains(&word) => Step::Other,
        _ => panic!("{line}: no word of this tape"),
    }
}

fn pause(text: &str) -> SignedDuration {
    let milliseconds = text.strip_suffix("ms").map(str::parse);
    let seconds = text.strip_suffix('s').map(|count| count.parse::<i64>().map(|s| s * 1000));
    let time = milliseconds.or(seconds).and_then(Result::ok);
    SignedDuration::from_millis(time.unwrap_or_else(|| panic!("{text} is no time")))
}

#[tokio::test]
async fn what_the_tape_waits_for_comes() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo.tape");
    let tape = std::fs::read_to_string(path).expect("the tape");
    let lines = tape.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut journey = Journey::demo().await;
    let mut waited = 0;
    for line in lines {
        match step(line) {
            // The program runs already.
            Step::Type("gatehouse --demo") | Step::Other => continue,
            Step::Key(_) if waited == 0 => continue,
            Step::Type(text) => journey.press(text),
            Step::Key(key) => journey.press(key),
            Step::Sleep(time) => journey.pass(time),
            Step::Wait(text) => {
                journey.shows(&text);
                waited += 1;
            }
        }
        journey.settle().await;
    }
    assert!(waited > 5 && journey.left, "{waited}, and it ends with the program");
    let asked = journey.emulator().requests();
    assert!(asked.iter().all(|seen| ["GET", "POST"].contains(&seen.method.as_str())));
}
