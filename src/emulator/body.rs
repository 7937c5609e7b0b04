//! Request bodies: JSON, taken apart field by field, each field against its
//! bounds. Knows nothing of what the fields are for.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use super::errors::{
    INVALID_ATTRIBUTE_FORM, INVALID_JSON, MALFORMED_JSON, MISSING_ATTRIBUTE, Refusal,
    UNSUPPORTED_MEDIA_TYPE, VALIDATION_ERROR,
};
use super::http::Incoming;
use super::versions;

/// A field of text with its bounds (contract).
#[derive(Debug, Clone, Copy)]
pub(super) struct Text {
    pub(super) field: &'static str,
    /// Most characters; the least is one.
    pub(super) most: usize,
    /// Letters, digits, spaces and `- _ . , '` only.
    pub(super) plain: bool,
}

/// The name of a service account.
pub(super) const NAME: Text = Text { field: "name", most: 64, plain: true };
/// The description of a service account.
pub(super) const DESCRIPTION: Text = Text { field: "description", most: 250, plain: true };
/// The description of an API key.
pub(super) const KEY_DESCRIPTION: Text = Text { field: "desc", most: 250, plain: false };

impl Text {
    /// What is wrong with a value, if anything is.
    pub(super) fn complaint(self, value: &str) -> Option<String> {
        let length = value.chars().count();
        if !(1..=self.most).contains(&length) {
            return Some(format!("must be 1 to {} characters long", self.most));
        }
        let allowed = |c: char| c.is_alphabetic() || c.is_numeric() || "-_.,' ".contains(c);
        let plain = !self.plain || value.chars().all(allowed);
        (!plain).then(|| "may contain letters, digits, spaces and - _ . , ' only".to_owned())
    }
}

/// The JSON in the body of a call, which must say that it is JSON of a version
/// that the resource has.
pub(super) fn json(incoming: &Incoming, version: &str) -> Result<Value, Refusal> {
    if let Some(kind) = incoming.content_type()
        && !versions::is_body_of(kind, version)
    {
        return Err(UNSUPPORTED_MEDIA_TYPE.on(kind));
    }
    serde_json::from_slice(incoming.body()).map_err(|_| MALFORMED_JSON.about([]))
}

/// A list of objects.
pub(super) fn forms(value: Value) -> Result<Vec<Form>, Refusal> {
    let Value::Array(rows) = value else { return Err(INVALID_JSON.about([])) };
    rows.into_iter().map(Form::of).collect()
}

/// What a body must contain.
pub(super) fn required<T>(value: Option<T>, field: &str) -> Result<T, Refusal> {
    value.ok_or_else(|| MISSING_ATTRIBUTE.on(field))
}

/// A JSON object whose fields are taken one by one. A field with null is like one
/// that is not there. Fields that nobody takes are ignored: whether Atlas does so
/// is not known, but newer clients send fields that older contracts lack.
#[derive(Debug)]
pub(super) struct Form {
    fields: Map<String, Value>,
    wrong: Vec<(String, String)>,
}

impl Form {
    pub(super) fn of(value: Value) -> Result<Self, Refusal> {
        match value {
            Value::Object(fields) => Ok(Self { fields, wrong: Vec::new() }),
            _ => Err(INVALID_JSON.about([])),
        }
    }

    /// As if these fields had come with null.
    pub(super) fn nulls<const N: usize>(fields: [&str; N]) -> Self {
        let fields = fields.into_iter().map(|field| (field.to_owned(), Value::Null)).collect();
        Self { fields, wrong: Vec::new() }
    }

    /// Notes that a value of the right type is out of bounds.
    pub(super) fn complain(&mut self, field: &str, what: impl Into<String>) {
        self.wrong.push((field.to_owned(), what.into()));
    }

    /// Refuses with everything that was complained of.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        match self.wrong.as_slice() {
            [] => Ok(()),
            [(field, what), ..] => {
                let refusal = VALIDATION_ERROR.about([field.as_str().into(), what.as_str().into()]);
                Err(refusal.with_fields(self.wrong))
            }
        }
    }

    /// Whether the field is there with null.
    pub(super) fn is_null(&self, field: &str) -> bool {
        self.fields.get(field).is_some_and(Value::is_null)
    }

    /// Whether the field is there with a value.
    pub(super) fn has(&self, field: &str) -> bool {
        self.fields.get(field).is_some_and(|value| !value.is_null())
    }

    fn take<T>(
        &self,
        field: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, Refusal> {
        match self.fields.get(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match read(value) {
                Some(value) => Ok(Some(value)),
                None => Err(INVALID_ATTRIBUTE_FORM.on(field)),
            },
        }
    }

    /// A text of any length.
    pub(super) fn any_text(&self, field: &str) -> Result<Option<String>, Refusal> {
        self.take(field, |value| value.as_str().map(str::to_owned))
    }

    /// A text within its bounds.
    pub(super) fn text(&mut self, text: Text) -> Result<Option<String>, Refusal> {
        let value = self.any_text(text.field)?;
        if let Some(complaint) = value.as_deref().and_then(|value| text.complaint(value)) {
            self.complain(text.field, complaint);
        }
        Ok(value)
    }

    /// True or false.
    pub(super) fn flag(&self, field: &str) -> Result<Option<bool>, Refusal> {
        self.take(field, Value::as_bool)
    }

    /// A whole number within its bounds.
    pub(super) fn number(
        &mut self,
        field: &str,
        bounds: RangeInclusive<u32>,
    ) -> Result<Option<u32>, Refusal> {
        let Some(value) = self.take(field, Value::as_i64)? else { return Ok(None) };
        if let Some(value) = u32::try_from(value).ok().filter(|value| bounds.contains(value)) {
            Ok(Some(value))
        } else {
            let (least, most) = bounds.into_inner();
            self.complain(field, format!("must be {least} to {most}"));
            // Stands in until the form is finished, which refuses it.
            Ok(Some(least))
        }
    }

    /// A list of texts; elements with null are left out.
    pub(super) fn texts(&self, field: &str) -> Result<Option<Vec<String>>, Refusal> {
        self.take(field, |value| {
            let given = value.as_array()?.iter().filter(|element| !element.is_null());
            given.map(|element| element.as_str().map(str::to_owned)).collect()
        })
    }

    /// An object within the object.
    pub(super) fn object(&self, field: &str) -> Result<Option<Self>, Refusal> {
        let fields = self.take(field, |value| value.as_object().cloned())?;
        Ok(fields.map(|fields| Self { fields, wrong: Vec::new() }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn form(value: Value) -> Form {
        Form::of(value).expect("an object")
    }

    fn code(refusal: &Refusal) -> Value {
        serde_json::from_str(&refusal.answer().body).expect("JSON")
    }

    #[test]
    fn a_text_is_counted_in_characters_and_held_to_its_alphabet() {
        let long = "ü".repeat(64);
        for (value, good) in [
            ("ci-deploy", true),
            ("Büro Zürich, Auswertung", true),
            ("it's v1.2_b", true),
            (long.as_str(), true),
            ("", false),
            ("a/b", false),
            ("tab\there", false),
            ("emoji 🙂", false),
            ("\u{202e}", false),
        ] {
            assert_eq!(NAME.complaint(value).is_none(), good, "{value}");
        }
        assert!(NAME.complaint(&"a".repeat(65)).is_some());
        assert!(KEY_DESCRIPTION.complaint("any: text / at 🙂 all").is_none());
    }

    #[test]
    fn everything_out_of_bounds_is_told_at_once() {
        let mut form = form(json!({"name": "", "description": "a/b", "hours": 7}));
        form.text(NAME).expect("a text");
        form.text(DESCRIPTION).expect("a text");
        form.number("hours", 8..=9).expect("a number");
        let body = code(&form.finish().expect_err("wrong"));
        assert_eq!(body["errorCode"], "VALIDATION_ERROR");
        let fields = body["badRequestDetail"]["fields"].as_array().expect("fields").clone();
        let names: Vec<_> = fields.iter().map(|field| field["field"].clone()).collect();
        assert_eq!(names, ["name", "description", "hours"]);
    }

    #[test]
    fn a_wrong_type_names_its_field_and_null_is_nothing() {
        let form = form(json!({
            "text": 1, "flag": "true", "number": 1.5, "texts": ["a", 1], "object": [], "null": null,
        }));
        assert!(form.any_text("text").is_err() && form.flag("flag").is_err());
        assert!(form.texts("texts").is_err() && form.object("object").is_err());
        let mut form = form;
        assert!(form.number("number", 1..=9).is_err());
        assert_eq!(form.any_text("null").expect("nothing"), None);
        assert_eq!(form.flag("absent").expect("nothing"), None);
        assert!(form.is_null("null") && !form.is_null("absent") && !form.has("null"));
        for odd in [json!([]), json!("text"), json!(null), json!(1)] {
            assert_eq!(code(&Form::of(odd).expect_err("odd"))["errorCode"], "INVALID_JSON");
        }
        assert!(forms(json!({})).is_err() && forms(json!([[]])).is_err());
    }
}
