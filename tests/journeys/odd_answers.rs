//! What was made though its answer could not be read whole: its secret is on the screen,
//! with what is known and what to do.

use gatehouse::atlas::secret::ExposeSecret;
use gatehouse::emulator::Options;
use jiff::SignedDuration;

use crate::faults::bench::program;
use crate::support::fault_proxy::Fault;

const ACCOUNT: &str =
    "nfresh<tab>Made by a test<tab><tab>192.0.2.1<enter><enter><enter><enter>G<enter>";
const KEY: &str = "2nfresh<tab>192.0.2.1<enter><enter><enter><enter>G<enter>";

#[tokio::test]
async fn what_is_made_and_not_named_is_shown_with_its_secret() {
    for (keys, from, to, public, named) in [
        (ACCOUNT, "\"clientId\"", "\"clientXd\"", "client ID", false),
        (ACCOUNT, "\"mdb_sa_id_", "\"../_sa_id_", "client ID", false),
        (KEY, "\"id\"", "\"iX\"", "public key", false),
        (KEY, "\"publicKey\"", "\"publicXey\"", "public key", true),
    ] {
        let (mut journey, proxy) = program(Options::default()).await;
        proxy.plan("POST", "/orgs/", 1, Fault::Changed(from, to));
        journey.press(keys);
        journey.settle().await;
        journey.pass(SignedDuration::from_millis(300));
        journey.press("y");
        journey.settle().await;
        journey.pass(SignedDuration::from_millis(300));
        journey.shows("Secret of fresh");
        journey.says("It was made, but Atlas' answer could not be read whole.");
        journey.says(&format!("find \"fresh\" in the list and put its {public} to it."));
        if named {
            journey.shows_not("not set");
        } else {
            journey.shows("was not set.");
        }
        assert_eq!(proxy.count_of("POST", "/accessList"), usize::from(named), "{from}");
        journey.press("v");
        let secret = journey.emulator().patch(|store| {
            let account = store.account("fresh").map(|account| account.secrets[0].value.clone());
            let half = account.or_else(|| store.key("fresh").map(|key| key.private_key.clone()));
            half.expect("it was made").expose_secret().to_owned()
        });
        journey.shows(&secret);
        // It stands in the list.
        let tail = &secret[secret.len() - 4..];
        journey.press("<esc>");
        journey.press(&format!("{tail}<enter>"));
        journey.settle().await;
        journey.shows("fresh");
        assert_eq!(proxy.count_of("POST", "/orgs/"), 1 + usize::from(named), "{from}");
    }
}
