//! From a question to HTTP and back: paths, versions, paging, limits.
//!
//! Knows nothing of who asks and why. Every read may be asked again; changes are
//! apart, in `change`, and go out once.

mod asides;
mod change;
mod connection;
pub(super) mod http;
pub(crate) mod probe;
mod seen;
mod try_out;

use std::collections::HashSet;
use std::hash::{BuildHasher, Hash, RandomState};
use std::net::IpAddr;
use std::pin::pin;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use reqwest::header::{ACCEPT, AUTHORIZATION};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tokio::time::Instant;

use super::auth::{self, Auth};
use super::error::{ApiError, Fault};
use super::field::{One, Row, Rows};
use super::origin::Origin;
use super::pace::{EndpointSet, Pace, Way, Ways};
use super::request::Request;
use super::retry::{Budget, Patience};
use super::{
    Clean, Credential, Event, EventsPart, Field, Page, Read, Reply, ServiceAccount, Urgency,
};
pub use asides::Aside;
use asides::Asides;
use connection::Connections;
pub use connection::{KeepAlive, Manner};
use seen::Watch;
pub use seen::{Observer, Seen};

/// A call is given up after this time, whatever arrives meanwhile.
pub(super) const TOTAL_TIMEOUT: Duration = Duration::from_secs(30);
/// Rows asked for at once: the most that the contract allows.
const ROWS_PER_PAGE: usize = 500;
/// Pages of one list that are asked for at once.
const PAGES_AT_ONCE: usize = 3;
/// A list that goes on for longer than this is not a list.
const MOST_PAGES: usize = 400;
/// A `429` that asks to wait longer than this is told to the administrator.
const LONGEST_WAIT: Duration = Duration::from_mins(1);
/// How often one call waits out a `429`.
const MOST_WAITS: usize = 3;

/// Speaks to one origin with one credential.
pub struct Client {
    connections: Connections,
    origin: Origin,
    auth: Auth,
    pace: Pace,
    ways: Ways,
    patience: Patience,
    budget: Budget,
    asides: Asides,
    /// Who hears of each call.
    observer: Option<Observer>,
}

#[derive(Debug, Deserialize)]
#[serde(bound = "T: Row")]
struct List<T> {
    results: Rows<T>,
    #[serde(default)]
    links: Field<Rows<Link>>,
    /// Rows of all pages. Not to be trusted: it may be inexact, and is 0 where it was not
    /// asked for. What it is good for is asking for pages before the one before has come.
    #[serde(default, rename = "totalCount")]
    total: Field<usize>,
}

/// Where an answer points.
#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
struct Link {
    rel: Field<Clean>,
}

impl Row for Link {}

impl<T> List<T> {
    /// Whether there is no page after this one. Fewer rows than were asked for do not say
    /// so where a next page is pointed to: a server may give less at once.
    fn is_last(&self, asked: usize) -> bool {
        let next = |link: &Link| link.rel.known().is_some_and(|rel| rel.as_str() == "next");
        let has_next = self.links.known().is_some_and(|links| links.0.iter().any(next));
        self.results.0.len() < asked && !has_next
    }

    /// How many pages there seem to be.
    fn pages(&self) -> usize {
        let total = self.total.known().copied().unwrap_or_default();
        total.div_ceil(ROWS_PER_PAGE).clamp(1, MOST_PAGES)
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AddressAnswer {
    current_ipv4_address: IpAddr,
}

impl Client {
    /// A client for `origin` that signs with `credential`. Makes no call yet.
    #[must_use]
    pub fn new(origin: Origin, credential: Credential) -> Self {
        Self::with(origin, credential, Manner::default())
    }

    /// The same in a manner of its own.
    #[must_use]
    pub fn with(origin: Origin, credential: Credential, manner: Manner) -> Self {
        let patience = manner.patience;
        Self {
            connections: Connections::new(origin.clone(), manner),
            origin,
            auth: Auth::new(credential),
            pace: Pace::default(),
            ways: Ways::default(),
            patience,
            budget: Budget::default(),
            asides: Asides::default(),
            observer: None,
        }
    }

    /// Asks `read` and hands each part of the answer to `each`, as it comes.
    pub async fn read(
        &self,
        read: &Read,
        urgency: Urgency,
        each: &mut (dyn FnMut(Reply) + Send),
    ) -> Result<(), ApiError> {
        self.dispatch(read, urgency, each).await.map_err(|error| error.about(read))
    }

    /// What answers tell besides what was asked for.
    #[must_use]
    pub fn asides(&self) -> watch::Receiver<Aside> {
        self.asides.listen()
    }

    /// Signs in before anything is asked, where that takes a call of its own: what is asked
    /// then waits less. What goes wrong is told to whoever asks.
    pub async fn sign_in_ahead(&self) {
        if let (Auth::OAuth(_), Ok(http)) = (&self.auth, self.connections.reads()) {
            let _ = self.auth.sign(http, &self.origin, "GET", "").await;
        }
    }

    /// Gives the access token back, if there is one.
    pub async fn sign_out(&self) {
        // Where nothing could be sent, nobody has signed in.
        if let Ok(http) = self.connections.reads() {
            self.auth.sign_out(http, &self.origin).await;
        }
    }

    /// The same for good: it signs in no more.
    pub async fn leave(&self) {
        if self.auth.close().await {
            self.sign_out().await;
        }
    }

    async fn dispatch(
        &self,
        read: &Read,
        urgency: Urgency,
        each: &mut (dyn FnMut(Reply) + Send),
    ) -> Result<(), ApiError> {
        let request = Request::of_read(read).map_err(|fault| self.error(fault))?;
        let (request, pages) = (&request, Pages { urgency, each });
        match read {
            Read::ServiceAccounts(_) => self.service_accounts(request, pages).await,
            Read::ApiKeys(_) => self.api_keys(request, pages).await,
            Read::Events(..) => self.events(request, pages).await,
            Read::Organizations => self.all(request, pages, Reply::Organizations).await,
            Read::Projects(_) => self.all(request, pages, Reply::Projects).await,
            Read::Grants(..) => self.all(request, pages, Reply::Grants).await,
            Read::AccessList(..) => self.all(request, pages, Reply::AccessList).await,
            Read::Organization(_) => self.one(read, request, pages, Reply::Organization).await,
            Read::Settings(_) => self.one(read, request, pages, Reply::Settings).await,
            Read::ServiceAccount(..) => self.one(read, request, pages, Reply::ServiceAccount).await,
            Read::ApiKey(..) => self.one(read, request, pages, Reply::ApiKey).await,
            Read::Raw(read) => self.raw(read, request, pages).await,
            Read::CurrentAddress => {
                let reply =
                    |answer: AddressAnswer| Reply::CurrentAddress(answer.current_ipv4_address);
                self.one(read, request, pages, reply).await
            }
        }
    }

    async fn one<T: DeserializeOwned>(
        &self,
        read: &Read,
        request: &Request,
        pages: Pages<'_>,
        reply: impl Fn(T) -> Reply,
    ) -> Result<(), ApiError> {
        let One(answer) = self.get(&request.path(), request, pages.urgency).await?;
        let reply = reply(answer);
        if !reply.answers(read) {
            return Err(self.error(about_something_else()));
        }
        (pages.each)(reply);
        Ok(())
    }

    /// Asks as for `read`, and hands on what comes; of a list, its first page.
    async fn raw(&self, read: &Read, request: &Request, pages: Pages<'_>) -> Result<(), ApiError> {
        let path = match read {
            Read::ServiceAccount(..) | Read::ApiKey(..) => request.path(),
            _ => format!("{}?itemsPerPage={ROWS_PER_PAGE}", request.path()),
        };
        let raw = self.get(&path, request, pages.urgency).await?;
        (pages.each)(Reply::Raw(raw));
        Ok(())
    }

    /// Asks for a list whose parts mean little alone, and hands it on whole.
    ///
    /// What comes or goes meanwhile moves rows from page to page: a row of a page before
    /// is the same row.
    async fn all<T: Row + Clone + Eq + Hash + Send>(
        &self,
        request: &Request,
        pages: Pages<'_>,
        reply: impl Fn(Vec<T>) -> Reply,
    ) -> Result<(), ApiError> {
        let (mut rows, mut before) = (Vec::new(), HashSet::new());
        let take = &mut |mut page: Page<T>| {
            page.rows.retain(|row| !before.contains(row));
            before.extend(page.rows.iter().filter(|_| !page.last).cloned());
            rows.append(&mut page.rows);
        };
        self.each_page(request, "", pages.urgency, take).await?;
        (pages.each)(reply(rows));
        Ok(())
    }

    /// One part of what happened: whoever wants more asks again.
    async fn events(&self, request: &Request, pages: Pages<'_>) -> Result<(), ApiError> {
        let list = self.get::<List<Event>>(&request.path(), request, pages.urgency).await?;
        let last = list.is_last(EventsPart::ROWS);
        (pages.each)(Reply::Events(Page { rows: list.results.0, last }));
        Ok(())
    }

    async fn api_keys(&self, request: &Request, pages: Pages<'_>) -> Result<(), ApiError> {
        let each = &mut |page| (pages.each)(Reply::ApiKeys(page));
        self.each_page(request, "", pages.urgency, each).await
    }

    /// Service accounts are asked for twice, for Atlas tells which of them it
    /// manages itself only by leaving them out of the plain list. The plain list
    /// is handed on as it comes; of the full one, only what is new.
    async fn service_accounts(&self, request: &Request, pages: Pages<'_>) -> Result<(), ApiError> {
        // Of each id a hash is kept, for there may be many: that two are alike happens once
        // in a thousand million readings of a hundred thousand.
        let (mut seen, hasher) = (HashSet::new(), RandomState::new());
        let each = &mut |page: Page<ServiceAccount>| {
            seen.extend(page.rows.iter().map(|account| hasher.hash_one(&account.id)));
            (pages.each)(Reply::ServiceAccounts(Page { last: false, ..page }));
        };
        let full = "&includeSystemManaged=true";
        let plain = self.each_page(request, "", pages.urgency, each);
        let ((), first) = tokio::try_join!(plain, self.page(request, full, pages.urgency, 1))?;
        let each = &mut |mut page: Page<ServiceAccount>| {
            page.rows.retain(|account| !seen.contains(&hasher.hash_one(&account.id)));
            page.rows.iter_mut().for_each(|account| account.system_managed = true);
            (pages.each)(Reply::ServiceAccounts(page));
        };
        self.pages_after(first, request, full, pages.urgency, each).await
    }

    /// Asks page after page until a short one.
    async fn each_page<T: Row + Clone + Send>(
        &self,
        request: &Request,
        query: &str,
        urgency: Urgency,
        each: &mut (dyn FnMut(Page<T>) + Send),
    ) -> Result<(), ApiError> {
        let first = self.page(request, query, urgency, 1).await?;
        self.pages_after(first, request, query, urgency, each).await
    }

    /// Goes on after the first page: several are asked for at once where there seem to be
    /// several, and from there on one after the other.
    async fn pages_after<T: Row + Clone + Send>(
        &self,
        first: List<T>,
        request: &Request,
        query: &str,
        urgency: Urgency,
        each: &mut (dyn FnMut(Page<T>) + Send),
    ) -> Result<(), ApiError> {
        let page = |number| self.page(request, query, urgency, number);
        let seem = first.pages();
        let ahead = stream::iter(2..=seem).map(page).buffered(PAGES_AT_ONCE);
        let further = stream::iter(seem + 1..=MOST_PAGES).then(page);
        let mut lists = pin!(stream::iter([Ok(first)]).chain(ahead).chain(further));
        let mut first_before: Option<T> = None;
        while let Some(list) = lists.next().await {
            let list = list?;
            let last = list.is_last(ROWS_PER_PAGE);
            let rows = list.results.0;
            let first = rows.first().cloned();
            if first.is_some() && first == first_before {
                return Err(self.error(Fault::NotAtlas(Clean::new("the same page comes again"))));
            }
            each(Page { rows, last });
            if last {
                return Ok(());
            }
            first_before = first;
        }
        Err(self.error(Fault::NotAtlas(Clean::new("its list does not end"))))
    }

    async fn page<T: Row>(
        &self,
        request: &Request,
        query: &str,
        urgency: Urgency,
        number: usize,
    ) -> Result<List<T>, ApiError> {
        let path =
            format!("{}?itemsPerPage={ROWS_PER_PAGE}&pageNum={number}{query}", request.path());
        self.get(&path, request, urgency).await
    }

    /// One signed GET; asked again where its signature had expired, where Atlas asked to
    /// wait, and where what failed may go well in a moment.
    async fn get<T: DeserializeOwned>(
        &self,
        path: &str,
        request: &Request,
        urgency: Urgency,
    ) -> Result<T, ApiError> {
        let (mut signed_anew, mut waits, mut attempt) = (false, 0, 0);
        let (mut pauses, mut spent) = (self.patience.pauses(), Duration::ZERO);
        loop {
            let way = self.wait_for_turn(request.operation.set, urgency).await?;
            let turn = Instant::now();
            attempt += 1;
            let error = match self.sign("GET", path).await {
                Ok(signature) => {
                    let mut watch = self.watch("GET", path, attempt);
                    let asked = self.ask(path, request, &signature, &mut watch).await;
                    watch.end(asked.as_ref().err());
                    match asked {
                        Ok(answer) => {
                            self.budget.earn();
                            return Ok(answer);
                        }
                        Err(error) => error,
                    }
                }
                // A credential that is refused when signing in is refused for good.
                Err(error) if error.fault == Fault::CredentialRefused => return Err(error),
                Err(error) => error,
            };
            drop(way);
            spent += turn.elapsed();
            match &error.fault {
                Fault::CredentialRefused if !signed_anew => signed_anew = true,
                Fault::RateLimited(_) if waits < MOST_WAITS => waits += 1,
                fault if fault.is_momentary() && spent < self.patience.enough => {
                    match pauses.next().filter(|_| self.budget.spend()) {
                        Some(pause) => tokio::time::sleep(pause).await,
                        None => return Err(error),
                    }
                }
                _ => return Err(error),
            }
        }
    }

    /// Signs a call. It queues behind other calls; the bound holds for all of it.
    async fn sign(&self, method: &str, path: &str) -> Result<auth::Signature, ApiError> {
        let signing = self.auth.sign(self.connections.reads()?, &self.origin, method, path);
        let signed = tokio::time::timeout(TOTAL_TIMEOUT, signing)
            .await
            .map_err(|_| self.error(Fault::TimedOut(TOTAL_TIMEOUT.as_secs())))?;
        if let Err(error) = &signed {
            self.watch("SIGN-IN", path, 1).end(Some(error));
        }
        match &signed {
            Ok(_) => self.pace.let_through(EndpointSet::SignIn),
            Err(ApiError { fault: Fault::RateLimited(told), .. }) => {
                self.close(EndpointSet::SignIn, *told, Instant::now());
            }
            Err(_) => {}
        }
        signed
    }

    /// Asks nothing of a set for so many seconds, or as long as is usual.
    fn close(&self, set: EndpointSet, told: Option<u64>, now: Instant) {
        let told = told.map(Duration::from_secs);
        self.asides.pause(self.pace.close(set, told, now), now);
    }

    /// Asks once. What the answer says of limits and signatures is learned.
    async fn ask<T: DeserializeOwned>(
        &self,
        path: &str,
        request: &Request,
        signature: &auth::Signature,
        watch: &mut Watch<'_>,
    ) -> Result<T, ApiError> {
        let answer = self
            .connections
            .reads()?
            .get(self.origin.url(path))
            .header(ACCEPT, request.operation.media)
            .header(AUTHORIZATION, signature.header.clone())
            .send()
            .await
            .map_err(|error| http::transport_error(&error, &self.origin))?;
        let (status, head) = (answer.status().as_u16(), http::Head::of(&answer));
        watch.answered(status);
        self.heed(request.operation.set, status, &head);
        let challenge = auth::challenge_in(&answer);
        let body = http::body(answer, &self.origin).await?;
        watch.read(&body);
        if (200..300).contains(&status) {
            return http::decode(&head, &body, &self.origin);
        }
        let error = http::refusal(status, &head, &body, &self.origin);
        if error.fault == Fault::CredentialRefused {
            // Other refusals are no word against the signature.
            self.auth.refused(signature, challenge).await;
        }
        Err(error)
    }

    /// Learns what the head of any answer tells of limits, and of the time.
    fn heed(&self, set: EndpointSet, status: u16, head: &http::Head) {
        let now = Instant::now();
        if let Some((limit, remaining)) = head.bucket() {
            self.pace.learn(set, limit, remaining, now);
        }
        if status == 429 {
            // A wait too long to sit through is told when the next turn is waited for.
            self.close(set, head.retry_after(), now);
        } else {
            self.pace.let_through(set);
        }
        if let Some(time) = head.date() {
            self.asides.time(time, now);
        }
    }

    /// Waits until the limits let a call go, and a way is free; a wait too long to sit
    /// through is an error that names it.
    async fn wait_for_turn(&self, set: EndpointSet, urgency: Urgency) -> Result<Way<'_>, ApiError> {
        loop {
            let way = self.ways.take(urgency).await;
            let now = Instant::now();
            let wait = self.pace.wait(EndpointSet::SignIn, urgency, now);
            let wait = if wait.is_zero() { self.pace.wait(set, urgency, now) } else { wait };
            if wait.is_zero() {
                return Ok(way);
            }
            drop(way);
            if wait > LONGEST_WAIT {
                return Err(self.error(Fault::RateLimited(Some(wait.as_secs() + 1))));
            }
            if urgency == Urgency::Background {
                self.asides.hold_back(wait, now);
            }
            tokio::time::sleep(wait).await;
        }
    }

    fn error(&self, fault: Fault) -> ApiError {
        ApiError::new(fault, &self.origin.host())
    }
}

fn about_something_else() -> Fault {
    Fault::NotAtlas(Clean::new("it is about something else"))
}

/// Where the parts of an answer go, and how urgent they are.
struct Pages<'a> {
    urgency: Urgency,
    each: &'a mut (dyn FnMut(Reply) + Send),
}
