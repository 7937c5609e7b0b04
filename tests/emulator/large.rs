//! A large organization is served as easily as a small one.

use std::collections::HashSet;

use gatehouse::emulator::{Large, Seed};

use super::bench::Bench;

#[tokio::test]
async fn a_large_organization_is_paged_whole() {
    let size = Large { accounts: 1_203, keys: 501, projects: 40, seed: 3 };
    let bench = Bench::of(Seed::Large(size)).await;
    for (list, id, rows) in [("serviceAccounts", "clientId", 1_203), ("apiKeys", "id", 501)] {
        let mut seen = HashSet::new();
        for page in 1.. {
            let got = bench.get(&format!("{list}?itemsPerPage=500&pageNum={page}")).await;
            let ids = got.column(id);
            let short = ids.len() < 500;
            seen.extend(ids);
            if short {
                break;
            }
        }
        assert_eq!(seen.len(), rows, "{list}");
    }
}
