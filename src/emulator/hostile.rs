//! Text that tries to harm whoever shows it, put into every field of text of an
//! answer. Knows nothing of what the answer is about.

use std::collections::HashMap;

use serde_json::Value;

use super::corpus::corpus;
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
    "expiresAt",
    "groupId",
    "href",
    "id",
    "lastUsed",
    "lastUsedAt",
    "orgId",
    // What no secret can look like is refused as an answer that cannot be read.
    "privateKey",
    "rel",
    "secret",
    "token_type",
    "userId",
];

/// The answer with hostile text wherever it has text for people. What is no JSON
/// stays as it is.
///
/// Each field goes through the corpus by itself: in the rows of a list, and from turn to
/// turn, so that as many rows or turns as there are texts bring every text to it.
pub(super) fn spoil(mut answer: Answer, turn: usize) -> Answer {
    let Ok(mut body) = serde_json::from_str(&answer.body) else { return answer };
    let mut spoiler = Spoiler { turn, fields: HashMap::new() };
    spoiler.spoil(&mut body, "");
    answer.body = body.to_string();
    answer
}

struct Spoiler {
    turn: usize,
    /// How often each field was met in this answer, by the names that lead to it.
    fields: HashMap<String, usize>,
}

impl Spoiler {
    fn next(&mut self, field: &str) -> &'static str {
        let met = self.fields.entry(field.to_owned()).or_default();
        let at = self.turn + *met;
        *met += 1;
        &corpus()[at % corpus().len()]
    }

    fn spoil(&mut self, value: &mut Value, field: &str) {
        match value {
            Value::String(text) => self.next(field).clone_into(text),
            Value::Array(values) => {
                for value in values {
                    self.spoil(value, field);
                }
            }
            Value::Object(fields) => {
                let spoilt = fields.iter_mut().filter(|(name, _)| !KEPT.contains(&name.as_str()));
                spoilt.for_each(|(name, value)| self.spoil(value, &format!("{field}.{name}")));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

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
            assert!(corpus().iter().any(|hostile| text == hostile), "{text}");
        }
        let page = spoil(Answer::new(200, "text/html", "<html>".to_owned()), 0);
        assert_eq!(page.body, "<html>");
    }

    #[test]
    fn every_field_sees_the_whole_corpus_in_a_list_and_from_turn_to_turn() {
        let row = json!({"name": "x", "in": {"desc": "y"}});
        let read = |body: &Value, turn: usize| -> Value {
            let answer = Answer::new(200, "application/json", body.to_string());
            serde_json::from_str(&spoil(answer, turn).body).expect("JSON")
        };
        let list = read(&json!(vec![row.clone(); corpus().len()]), 7);
        let turns: Vec<Value> = (0..corpus().len()).map(|turn| read(&row, turn)).collect();
        for rows in [list.as_array().expect("rows"), &turns] {
            for field in ["/name", "/in/desc"] {
                let seen: HashSet<&str> =
                    rows.iter().filter_map(|row| row.pointer(field)?.as_str()).collect();
                assert_eq!(seen.len(), corpus().len(), "{field}");
            }
        }
    }
}
