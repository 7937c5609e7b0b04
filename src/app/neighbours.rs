//! What is told about gatehouses that are open beside this one.

use super::state::State;
use crate::atlas::Clean;
use crate::rules::neighbour::Neighbour;
use crate::ui::when;

impl State {
    /// Tells who else may be at work where this one is. Nobody is kept from anything.
    pub(super) fn meet(&mut self, others: &[Neighbour]) {
        let here = &self.setting;
        let shares = |other: &&Neighbour| other.may_share(&here.host, here.org.as_ref());
        let mut sharing = others.iter().filter(shares);
        let Some(first) = sharing.next() else { return };
        let since = when::date_time(first.since, &here.zone);
        let more = match sharing.count() {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let words = format!(
            "Another gatehouse is open on {}: since {since}, process {}{more}. Both can work; what is changed there is seen here once it is read again.",
            here.host, first.process,
        );
        // It passes; what else is to be known stays.
        self.setting.warnings.insert(0, Clean::from(words));
    }
}
