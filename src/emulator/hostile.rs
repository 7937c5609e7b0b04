//! Text that tries to harm whoever shows it, put into every field of text of an
//! answer. Knows nothing of what the answer is about.

use serde_json::Value;

use super::http::Answer;

/// Fields whose text is no text for people: spoiling them would only make the
/// answer one that nobody can use.
const KEPT: &[&str] = &[
    "access_token",
    "apiKeyId",
    "clientId",
    "cre",
    "created",
    "createdAt",
    "currentIpv4Address",
    "errorCode",
    "eventTypeName",
    "expiresAt",
    "groupId",
    "href",
    "id",
    "lastUsed",
    "lastUsedAt",
    "orgId",
    "rel",
    "token_type",
    "userId",
];

/// One text of each kind that has harmed a terminal, a table or a reader.
pub const CORPUS: &[&str] = &[
    "\u{1b}[2J\u{1b}[H\u{1b}[31mcleared",
    "\u{1b}]0;title\u{7}",
    "\u{1b}]52;c;aGlqYWNr\u{7}",
    "\u{1b}]8;;https://example.invalid\u{1b}\\link\u{1b}]8;;\u{1b}\\",
    "\u{1b}P$q\u{1b}\\\u{1b}[6n\u{1b}[c",
    "\u{9b}31m\u{9d}0;x\u{9c}",
    "line\nfeed\r\nreturn\rover\ttab\u{b}\u{c}",
    "nul\u{0}bell\u{7}back\u{8}\u{8}del\u{7f}",
    "admin\u{202e}gnihton\u{202c}",
    "\u{2066}isolated\u{2069}\u{200f}\u{200e}",
    "zero\u{200b}width\u{200d}join\u{feff}er\u{2060}",
    "tags\u{e0041}\u{e0042}\u{e007f}",
    "z\u{335}\u{336}\u{337}a\u{30a}\u{30b}\u{30c}\u{30d}\u{30e}\u{30f}\u{310}l\u{311}\u{312}g\u{313}o",
    "\u{430}tlas-\u{430}dmin",
    "👩\u{200d}👩\u{200d}👧\u{200d}👦🏳\u{fe0f}\u{200d}🌈",
    "全角の名前とても長い名前",
    "\u{fdd0}\u{ffff}\u{e000}\u{fffd}\u{378}",
    "\u{2028}\u{2029}\u{85}\u{ad}",
    "<script>alert(1)</script>",
    "$(reboot) `reboot` ; reboot | cat && true #",
    "../../etc/passwd",
    "'\"\\{{7*7}}%s%n",
    "",
    " ",
    "-rf",
    "=1+1",
];

/// The answer with hostile text wherever it has text for people. What is no JSON
/// stays as it is.
pub(super) fn spoil(mut answer: Answer, turn: u64) -> Answer {
    let Ok(mut body) = serde_json::from_str(&answer.body) else { return answer };
    let mut next = usize::try_from(turn).unwrap_or(0);
    spoil_value(&mut body, &mut next);
    answer.body = body.to_string();
    answer
}

fn spoil_value(value: &mut Value, next: &mut usize) {
    match value {
        Value::String(text) => {
            CORPUS[*next % CORPUS.len()].clone_into(text);
            *next += 1;
            // Now and then one that is very long.
            if (*next).is_multiple_of(41) {
                *text = "long\u{301} ".repeat(2_000);
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|value| spoil_value(value, next)),
        Value::Object(fields) => {
            let spoilt = fields.iter_mut().filter(|(name, _)| !KEPT.contains(&name.as_str()));
            spoilt.for_each(|(_, value)| spoil_value(value, next));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_is_spoilt_and_ids_are_not() {
        let body =
            json!({"id": "1", "name": "x", "roles": ["a", "b"], "count": 2, "in": {"desc": "y"}});
        let answer = spoil(Answer::new(200, "application/json", body.to_string()), 3);
        let spoilt: Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!((&spoilt["id"], &spoilt["count"]), (&json!("1"), &json!(2)));
        for text in
            [&spoilt["name"], &spoilt["roles"][0], &spoilt["roles"][1], &spoilt["in"]["desc"]]
        {
            assert!(CORPUS.contains(&text.as_str().expect("text")), "{text}");
        }
        let page = spoil(Answer::new(200, "text/html", "<html>".to_owned()), 0);
        assert_eq!(page.body, "<html>");
    }

    #[test]
    fn enough_fields_see_the_whole_corpus() {
        let body = json!(vec!["x"; 3 * CORPUS.len()]);
        let answer = spoil(Answer::new(200, "application/json", body.to_string()), 0);
        let spoilt: Vec<String> = serde_json::from_str(&answer.body).expect("texts");
        assert!(CORPUS.iter().all(|text| spoilt.iter().any(|spoilt| spoilt == text)));
        assert!(spoilt.iter().any(|text| text.len() > 10_000));
    }
}
