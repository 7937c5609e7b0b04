//! What a query string asks for: the page, and how the answer is dressed. Knows
//! nothing of the things asked for.

use std::str::FromStr;

use super::errors::{INVALID_QUERY, Refusal};

/// Most rows of a page.
const MOST_ROWS: u64 = 500;

/// The parts of a query that every list understands, and the rest as it came.
/// What nobody asks for is ignored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) page: u64,
    pub(super) rows: u64,
    pub(super) count: bool,
    /// The list knows no other way than to be counted.
    always_counted: bool,
    pub(super) system_managed: bool,
    pub(super) dress: Dress,
    others: Vec<(String, String)>,
}

/// How an answer is dressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Dress {
    /// Indented.
    pub(super) pretty: bool,
    /// With its status in the body.
    pub(super) envelope: bool,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            page: 1,
            rows: 100,
            count: true,
            always_counted: false,
            system_managed: false,
            dress: Dress::default(),
            others: Vec::new(),
        }
    }
}

impl Query {
    /// Reads the part of an address after its `?`. Some lists are always counted.
    pub(super) fn read(text: &str, always_counted: bool) -> Result<Self, Refusal> {
        let mut query = Self { always_counted, ..Self::default() };
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            query.set(&name, &value).ok_or_else(|| {
                INVALID_QUERY.about([name.as_ref().into(), value.as_ref().into()])
            })?;
        }
        Ok(query)
    }

    /// Takes one parameter; `None` where its value makes no sense.
    fn set(&mut self, name: &str, value: &str) -> Option<()> {
        let flag = match name {
            "pageNum" => return number(value, u64::MAX).map(|page| self.page = page),
            "itemsPerPage" => return number(value, MOST_ROWS).map(|rows| self.rows = rows),
            "includeCount" if !self.always_counted => &mut self.count,
            "includeCount" => return Some(()),
            "pretty" => &mut self.dress.pretty,
            "envelope" => &mut self.dress.envelope,
            "includeSystemManaged" => &mut self.system_managed,
            _ => {
                self.others.push((name.to_owned(), value.to_owned()));
                return Some(());
            }
        };
        *flag = value.parse().ok()?;
        Some(())
    }

    /// How an address asks for another page of the same list.
    pub(super) fn of_page(&self, page: u64) -> String {
        let Self { rows, count, .. } = self;
        let counted =
            if self.always_counted { String::new() } else { format!("includeCount={count}&") };
        format!("{counted}itemsPerPage={rows}&pageNum={page}{}", self.others())
    }

    /// How many rows come before the page.
    pub(super) fn before(&self) -> usize {
        usize::try_from((self.page - 1).saturating_mul(self.rows)).unwrap_or(usize::MAX)
    }

    /// How many rows the page holds at most.
    pub(super) fn size(&self) -> usize {
        usize::try_from(self.rows).unwrap_or(usize::MAX)
    }

    /// The parameters that only some endpoints know, as they follow others in an
    /// address.
    fn others(&self) -> String {
        let pairs = self.others.iter().map(|(name, value)| (name, value));
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        if text.is_empty() { text } else { format!("&{text}") }
    }

    /// Every value of a parameter that only some endpoints know.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> + Clone + 'a {
        self.others.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first value of such a parameter.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        self.others.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The first value of such a parameter, read as what it must be.
    pub(super) fn read_as<T: FromStr>(&self, name: &str) -> Result<Option<T>, Refusal> {
        let Some(value) = self.find(name) else { return Ok(None) };
        let read = value.parse().ok();
        read.map(Some).ok_or_else(|| INVALID_QUERY.about([name.into(), value.into()]))
    }

    /// Whether a name begins with the one that is asked for, whatever the case.
    pub(super) fn wants(&self, name: &str) -> bool {
        let lower = |text: &str| text.to_lowercase();
        self.find("name").is_none_or(|start| lower(name).starts_with(&lower(start)))
    }
}

fn number(text: &str, most: u64) -> Option<u64> {
    text.parse().ok().filter(|number| (1..=most).contains(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sensible_values_are_taken_and_others_refused() {
        let query =
            Query::read("pageNum=3&itemsPerPage=500&includeCount=false&pretty=true&x=%ff", false);
        let query = query.expect("sensible");
        assert_eq!((query.before(), query.size()), (1000, 500));
        assert!(!query.count && query.dress.pretty && !query.dress.envelope);
        for odd in [
            "pageNum=0",
            "pageNum=-1",
            "pageNum=",
            "itemsPerPage=501",
            "itemsPerPage=0",
            "itemsPerPage=ten",
            "includeCount=yes",
            "envelope=1",
            "pageNum=99999999999999999999",
        ] {
            assert!(Query::read(odd, false).is_err(), "{odd}");
        }
        assert_eq!(
            Query::read("pageNum=18446744073709551615", false).expect("big").before(),
            usize::MAX
        );
    }

    #[test]
    fn a_name_is_matched_from_its_start_in_any_case() {
        let query = Query::read("name=acme+c", false).expect("sensible");
        assert!(query.wants("Acme Corp") && !query.wants("The Acme Corp"));
    }

    #[test]
    fn parameters_of_one_endpoint_are_read_there() {
        let query = Query::read("eventType=A&includeRaw=true&eventType=B&minDate=soon", false);
        let query = query.expect("sensible");
        assert!(query.of_page(7).starts_with("includeCount=true&itemsPerPage=100&pageNum=7&"));
        assert!(
            Query::read("includeCount=x", true).expect("ignored").of_page(1).starts_with("items")
        );
        assert_eq!(query.others(), "&eventType=A&includeRaw=true&eventType=B&minDate=soon");
        assert_eq!(query.all("eventType").collect::<Vec<_>>(), ["A", "B"]);
        assert_eq!(query.read_as::<bool>("includeRaw").expect("a flag"), Some(true));
        assert_eq!(query.read_as::<bool>("maxDate").expect("absent"), None);
        assert!(query.read_as::<jiff::Timestamp>("minDate").is_err());
    }
}
