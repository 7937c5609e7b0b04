//! The official `OpenAPI` document as a judge of every answer, where there is a copy
//! of it: `GATEHOUSE_OPENAPI` names the file. Its licence keeps it out of this
//! repository; what it says of shapes is said again, in our own words, in `shapes`.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use gatehouse::emulator::operations;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::shapes::matches;

static DOCUMENT: LazyLock<Option<Document>> = LazyLock::new(|| {
    let path = std::env::var_os("GATEHOUSE_OPENAPI")?;
    let text = std::fs::read_to_string(path).expect("GATEHOUSE_OPENAPI names the document");
    let document = serde_json::from_str(&text).expect("the document is JSON");
    Some(Document::new(document))
});

struct Document {
    root: Value,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// Where real answers, as recorded, break the document: a place in it, and what
/// stands there instead.
fn amendments() -> Vec<(&'static str, Value)> {
    let open = json!({"type": "string"});
    vec![
        ("/components/schemas/UserAccessListResponse/properties/count/minimum", json!(0)),
        ("/components/schemas/AtlasOrganization/properties/name", open.clone()),
        ("/components/schemas/Group/properties/name", open),
        ("/components/schemas/ApiError/properties/parameters/items", json!({})),
    ]
}

/// What is `OpenAPI`'s own wording, put into JSON Schema's.
fn translate(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(translate),
        Value::Object(fields) => {
            if fields.remove("nullable") == Some(true.into()) {
                if let Some(kind) = fields.get("type").cloned() {
                    fields.insert("type".to_owned(), json!([kind, "null"]));
                }
                if let Some(Value::Array(values)) = fields.get_mut("enum") {
                    values.push(Value::Null);
                }
            }
            if fields.remove("exclusiveMinimum") == Some(true.into()) {
                let least = fields.remove("minimum").unwrap_or_default();
                fields.insert("exclusiveMinimum".to_owned(), least);
            }
            // An event suits several of its branches.
            if let Some(branches) = fields.remove("oneOf") {
                fields.insert("anyOf".to_owned(), branches);
            }
            fields.remove("discriminator");
            fields.values_mut().for_each(translate);
        }
        _ => {}
    }
}

impl Document {
    fn new(mut root: Value) -> Self {
        for (place, value) in amendments() {
            *root.pointer_mut(place).unwrap_or_else(|| panic!("no {place}")) = value;
        }
        translate(&mut root["components"]["schemas"]);
        Self { root, validators: Mutex::default() }
    }

    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let (_, item) =
            self.root["paths"].as_object()?.iter().find(|(known, _)| matches(known, path))?;
        item.get(method.to_lowercase())
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        let place = value["$ref"].as_str().and_then(|place| place.strip_prefix('#'));
        place.and_then(|place| self.root.pointer(place)).unwrap_or(value)
    }

    fn validator(&self, schema: &Value) -> Arc<Validator> {
        let mut validators = self.validators.lock().expect("no test panics here");
        let entry = validators.entry(schema.to_string());
        let build = || {
            let mut schema = schema.clone();
            translate(&mut schema);
            schema["components"] = self.root["components"].clone();
            let options = jsonschema::options().should_validate_formats(true);
            Arc::new(options.build(&schema).expect("a schema"))
        };
        entry.or_insert_with(build).clone()
    }
}

/// What the official document finds wrong with an answer.
pub fn check(
    method: &str,
    path: &str,
    query: &str,
    status: u16,
    kind: &str,
    text: &str,
) -> Result<(), String> {
    let Some(document) = DOCUMENT.as_ref() else { return Ok(()) };
    let Some(operation) = document.operation(method, path) else { return Ok(()) };
    let kind = kind.split(';').next().unwrap_or_default();
    let response = match (operation["responses"].get(status.to_string()), status) {
        (Some(response), _) => document.resolved(response).clone(),
        // The document lists few of these, but Atlas answers them.
        (None, 400 | 405 | 406 | 409 | 410 | 413 | 415) => json!({"content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/ApiError"}},
        }}),
        (None, _) => return Err(format!("the status {status} is not documented")),
    };
    let Some(content) = response["content"].get(kind) else {
        return Err(format!("the type {kind} is not documented for {status}"));
    };
    if query.contains("envelope=true") || text.is_empty() {
        let silent = content.get("schema").is_none();
        return if silent == text.is_empty() {
            Ok(())
        } else {
            Err("a body too many or too few".into())
        };
    }
    let body: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let validator = document.validator(&content["schema"]);
    let errors: Vec<_> = validator
        .iter_errors(&body)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
}

#[test]
fn the_operations_are_the_documents() {
    let Some(document) = DOCUMENT.as_ref() else { return };
    let mut documented: Vec<(String, String, String)> = Vec::new();
    for (path, item) in document.root["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let Some(id) = operation["operationId"].as_str() else { continue };
            documented.push((id.to_owned(), method.to_uppercase(), path.clone()));
        }
    }
    let plain = ["oauthToken", "oauthRevoke", "ipInfo"];
    let mut own: Vec<_> = operations()
        .into_iter()
        .filter(|(id, ..)| !plain.contains(id))
        .map(|(id, method, path)| (id.to_owned(), method.to_owned(), path))
        .collect();
    documented.sort();
    own.sort();
    assert_eq!(own, documented);
}
