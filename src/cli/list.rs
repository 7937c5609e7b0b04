//! `gatehouse list`: a list of an organization on standard output, for scripts and pipes.
//! Its columns are one table for all three forms.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

use super::Which;
use super::exit::Misused;
use super::open::ask_with;
use crate::atlas::client::Client;
use crate::atlas::origin::Origin;
use crate::atlas::{
    ApiKey, Field, OrgId, Organization, Read, Reply, Role, ServiceAccount, Urgency,
};
use crate::emulator::{self, Options};
use crate::ui::symbols;
use crate::ui::text::{fit, width, wrap};
use crate::ui::theme::Theme;

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// What is listed
    #[arg(value_enum)]
    what: What,

    /// How it is written
    ///
    /// In json, what Atlas does not tell or what gatehouse does not understand is null; in
    /// the others the latter is "?".
    #[arg(short = 'o', long, value_enum, default_value_t, value_name = "FORM")]
    output: Form,

    #[command(flatten)]
    which: Which,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// The service accounts
    ServiceAccounts,
    /// The API keys
    ApiKeys,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Columns for people; on a terminal those that fit
    #[default]
    Table,
    /// An array of objects
    Json,
    /// Comma-separated values, with a line of names
    Csv,
}

/// One row: values in the order of the columns.
type Row = Vec<Cell>;

/// A value, as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Cell {
    Text(String),
    List(Vec<Cell>),
    Bool(bool),
    /// Not told.
    Nothing,
    /// Told in a way that gatehouse does not understand.
    Odd,
}

/// A list, whole.
struct Sheet {
    columns: &'static [&'static str],
    rows: Vec<Row>,
}

const ACCOUNT_COLUMNS: &[&str] = &[
    "client_id",
    "name",
    "description",
    "roles",
    "created_at",
    "secret_ids",
    "secrets_expire_at",
    "secrets_last_used_at",
    "system_managed",
];

const KEY_COLUMNS: &[&str] = &["id", "public_key", "description", "roles", "project_roles"];

/// Prints the list.
///
/// # Errors
/// Where there is no credential, several organizations and none named, or Atlas does not
/// answer.
pub(super) async fn list(args: ListArgs) -> Result<()> {
    let sheet = if args.which.demo {
        let emulator =
            emulator::start(Options::default()).await.context("the demo cannot start")?;
        let credential = emulator.service_account().context("the demo has no credential")?;
        let client = Client::new(Origin::parse(emulator.base_url())?, credential);
        let sheet = read(&client, Some(emulator.organization().clone()), args.what).await;
        emulator.stop().await;
        sheet?
    } else {
        let (client, org) = ask_with(&args.which)?;
        let sheet = read(&client, org, args.what).await;
        client.sign_out().await;
        sheet?
    };
    let text = match args.output {
        Form::Table => {
            let (text, missing) = sheet.table(columns_of_terminal());
            if !missing.is_empty() {
                let missing = missing.join(", ");
                let told = format!(
                    "gatehouse: the terminal is too narrow for {missing}. A pipe, -o json and -o csv have them whole."
                );
                let told = wrap(&told, columns_of_terminal().unwrap_or(usize::MAX)).join("\n");
                // Standard error may be closed.
                let _ = writeln!(io::stderr(), "{told}");
            }
            text
        }
        Form::Json => sheet.json()?,
        Form::Csv => sheet.csv()?,
    };
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // Whoever reads has enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

async fn read(client: &Client, org: Option<OrgId>, what: What) -> Result<Sheet> {
    let org = match org {
        Some(org) => org,
        None => only(&organizations(client).await?)?,
    };
    let mut sheet = Sheet { columns: what.columns(), rows: Vec::new() };
    let mut take = |reply| match reply {
        Reply::ServiceAccounts(page) => sheet.rows.extend(page.rows.iter().map(of_account)),
        Reply::ApiKeys(page) => sheet.rows.extend(page.rows.iter().map(of_key)),
        _ => {}
    };
    client.read(&what.reading(org), Urgency::Person, &mut take).await?;
    Ok(sheet)
}

async fn organizations(client: &Client) -> Result<Vec<Organization>> {
    let mut all = Vec::new();
    let mut take = |reply| {
        if let Reply::Organizations(rows) = reply {
            all = rows;
        }
    };
    client.read(&Read::Organizations, Urgency::Person, &mut take).await?;
    Ok(all)
}

fn only(organizations: &[Organization]) -> Result<OrgId> {
    match organizations {
        [only] => Ok(only.id.clone()),
        [] => bail!("This credential sees no organization."),
        several => {
            let name = |org: &Organization| format!("{} ({})", org.id, org.name.shown());
            let names: Vec<_> = several.iter().map(name).collect();
            let names = names.join(", ");
            let why = format!(
                "This credential sees several organizations; name one with --org: {names}."
            );
            Err(Misused(why).into())
        }
    }
}

impl What {
    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::ServiceAccounts => ACCOUNT_COLUMNS,
            Self::ApiKeys => KEY_COLUMNS,
        }
    }

    fn reading(self, org: OrgId) -> Read {
        match self {
            Self::ServiceAccounts => Read::ServiceAccounts(org),
            Self::ApiKeys => Read::ApiKeys(org),
        }
    }
}

fn of_account(account: &ServiceAccount) -> Row {
    let of_secrets = |cell: fn(&crate::atlas::ClientSecret) -> Cell| {
        list_of(&account.secrets, |secrets| secrets.iter().map(cell).collect())
    };
    vec![
        Cell::Text(account.id.to_string()),
        text_of(&account.name),
        text_of(&account.description),
        roles_of(&account.roles),
        text_of(&account.created_at),
        of_secrets(|secret| Cell::Text(secret.id.to_string())),
        of_secrets(|secret| text_of(&secret.expires_at)),
        of_secrets(|secret| text_of(&secret.last_used_at)),
        Cell::Bool(account.system_managed),
    ]
}

fn of_key(key: &ApiKey) -> Row {
    let grants = list_of(&key.grants, |grants| {
        let roles = |grant: &crate::atlas::Grant| match &grant.roles {
            Field::Known(roles) => {
                roles.iter().map(|role| format!("{}:{}", grant.project, role.code())).collect()
            }
            Field::Absent | Field::Odd => vec![format!("{}:?", grant.project)],
        };
        grants.iter().flat_map(roles).map(Cell::Text).collect()
    });
    vec![
        Cell::Text(key.id.to_string()),
        text_of(&key.public_key),
        text_of(&key.description),
        roles_of(&key.roles),
        grants,
    ]
}

fn text_of<T: ToString>(field: &Field<T>) -> Cell {
    match field {
        Field::Known(value) => Cell::Text(value.to_string()),
        Field::Absent => Cell::Nothing,
        Field::Odd => Cell::Odd,
    }
}

fn list_of<T>(field: &Field<impl AsRef<[T]>>, list: impl FnOnce(&[T]) -> Vec<Cell>) -> Cell {
    match field {
        Field::Known(values) => Cell::List(list(values.as_ref())),
        Field::Absent => Cell::Nothing,
        Field::Odd => Cell::Odd,
    }
}

fn roles_of(roles: &Field<Arc<[Role]>>) -> Cell {
    list_of(roles, |roles: &[Role]| {
        roles.iter().map(|role| Cell::Text(role.code().to_owned())).collect()
    })
}

/// A value in one text: lists with blanks between, as ids and dates have none.
fn flat(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::List(cells) => cells.iter().map(flat).collect::<Vec<_>>().join(" "),
        Cell::Bool(value) => value.to_string(),
        Cell::Nothing => "-".to_owned(),
        Cell::Odd => "?".to_owned(),
    }
}

fn value(cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) => json!(text),
        Cell::List(cells) => cells.iter().map(value).collect(),
        Cell::Bool(value) => json!(value),
        Cell::Nothing | Cell::Odd => Value::Null,
    }
}

impl Sheet {
    fn json(&self) -> Result<String> {
        let object = |row: &Row| {
            let fields = self.columns.iter().zip(row);
            fields.map(|(name, cell)| ((*name).to_owned(), value(cell))).collect::<Map<_, _>>()
        };
        let rows: Vec<_> = self.rows.iter().map(object).collect();
        Ok(serde_json::to_string_pretty(&rows)? + "\n")
    }

    fn csv(&self) -> Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.columns)?;
        for row in &self.rows {
            let blank =
                |cell: &Cell| if *cell == Cell::Nothing { String::new() } else { flat(cell) };
            writer.write_record(row.iter().map(blank))?;
        }
        Ok(String::from_utf8(writer.into_inner().context("the lines cannot be put together")?)?)
    }

    /// Columns for people, in a table that is no wider than `room`; and the names of those
    /// that were left out or cut for that, the last ones first to go.
    fn table(&self, room: Option<usize>) -> (String, Vec<&'static str>) {
        let names = self.columns.iter().map(|name| name.to_uppercase()).collect();
        let rows: Vec<Vec<String>> = std::iter::once(names)
            .chain(self.rows.iter().map(|row| row.iter().map(flat).collect()))
            .collect();
        let widest = |at: usize| rows.iter().map(|row| width(&row[at])).max().unwrap_or(0);
        let wanted: Vec<usize> = (0..self.columns.len()).map(widest).collect();
        let widths = fitting(&wanted, room);
        let theme = Theme { symbols: &symbols::ASCII, ..Theme::mono() };
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).map(|(text, most)| {
                let text = fit(text, *most, &theme);
                format!("{text}{}", " ".repeat(most - width(&text)))
            });
            cells.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
        };
        let missing = (0..wanted.len()).filter(|at| widths.get(*at) != Some(&wanted[*at]));
        (rows.iter().map(line).collect(), missing.map(|at| self.columns[at]).collect())
    }
}

/// Between two columns.
const GAP: usize = 2;
/// What is cut shorter than this says nothing.
const SHORTEST: usize = 12;

/// Where not all fit, what is longer than this is cut, so that more columns do.
const LONGEST: usize = 24;

/// The widths of the columns that fit, long ones cut so that more of them do, and the last
/// where that is worth it. The first, which says what a row is, is always whole.
fn fitting(wanted: &[usize], room: Option<usize>) -> Vec<usize> {
    let mut left = room.unwrap_or(usize::MAX);
    let mut widths: Vec<usize> = Vec::new();
    for &most in wanted {
        if widths.is_empty() {
            widths.push(most);
            left = left.saturating_sub(most);
            continue;
        }
        let room = left.saturating_sub(GAP);
        let most = most.min(LONGEST);
        if most > room {
            if room >= SHORTEST {
                widths.push(room);
                left = 0;
            }
            break;
        }
        widths.push(most);
        left = room - most;
    }
    // What is left goes to those that were cut, the first ones first.
    for (width, &most) in widths.iter_mut().zip(wanted) {
        let more = left.min(most - *width);
        *width += more;
        left -= more;
    }
    widths
}

/// The columns of the terminal that standard output is, if it is one.
fn columns_of_terminal() -> Option<usize> {
    let size = io::stdout().is_terminal().then(crossterm::terminal::size);
    size.and_then(Result::ok).map(|(columns, _)| usize::from(columns)).filter(|it| *it > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let row = |name: &str, roles| {
            vec![Cell::Text("1".into()), Cell::Text(name.into()), roles, Cell::Nothing]
        };
        Sheet {
            columns: &["id", "name", "roles", "used"],
            rows: vec![
                row(
                    "東京, \"prod\"",
                    Cell::List(["A", "B"].map(|code| Cell::Text(code.into())).into()),
                ),
                row("ci", Cell::List(Vec::new())),
                row("x", Cell::Odd),
                row("y", Cell::List(vec![Cell::Text("A".into()), Cell::Nothing, Cell::Odd])),
            ],
        }
    }

    #[test]
    fn the_three_forms_say_the_same() {
        let table = "ID  NAME          ROLES  USED\n1   東京, \"prod\"  A B    -\n1   ci                   -\n1   x             ?      -\n1   y             A - ?  -\n";
        assert_eq!(sheet().table(None), (table.to_owned(), Vec::new()));
        let csv = "id,name,roles,used\n1,\"東京, \"\"prod\"\"\",A B,\n1,ci,,\n1,x,?,\n1,y,A - ?,\n";
        assert_eq!(sheet().csv().expect("written"), csv);
        let json: Value = serde_json::from_str(&sheet().json().expect("written")).expect("JSON");
        assert_eq!(
            json[0],
            json!({"id": "1", "name": "東京, \"prod\"", "roles": ["A", "B"], "used": null})
        );
        assert_eq!(
            json[3],
            json!({"id": "1", "name": "y", "roles": ["A", null, null], "used": null})
        );
        assert_eq!(json[1]["roles"], json!([]), "none is not unknown");
        assert_eq!(json[2]["roles"], Value::Null);
    }

    #[test]
    fn a_table_is_as_wide_as_there_is_room() {
        for (room, widths) in [
            (None, &[34, 28, 60, 5][..]),
            (Some(133), &[34, 28, 60, 5]),
            (Some(132), &[34, 28, 59, 5]),
            (Some(100), &[34, 28, 27, 5]),
            (Some(80), &[34, 24, 18]),
            (Some(73), &[34, 28]),
            (Some(60), &[34, 24]),
            (Some(40), &[34]),
            (Some(10), &[34]),
        ] {
            assert_eq!(fitting(&[34, 28, 60, 5], room), widths, "{room:?}");
        }
        let mut sheet = sheet();
        sheet.rows.truncate(3);
        sheet.rows[1][1] = Cell::Text("ci-deploy-of-all".into());
        let (table, missing) = sheet.table(Some(16));
        assert_eq!(table, "ID  NAME\n1   東京, \"prod\"\n1   ci-deploy-o~\n1   x\n");
        assert_eq!(missing, ["name", "roles", "used"]);
    }

    #[test]
    fn an_empty_list_is_no_error() {
        let sheet = Sheet { columns: KEY_COLUMNS, rows: Vec::new() };
        assert_eq!(sheet.json().expect("written"), "[]\n");
        assert_eq!(sheet.csv().expect("written").lines().count(), 1);
    }

    #[test]
    fn every_row_has_every_column() {
        assert_eq!(of_account(&ServiceAccount::default()).len(), ACCOUNT_COLUMNS.len());
        assert_eq!(of_key(&ApiKey::default()).len(), KEY_COLUMNS.len());
    }
}
