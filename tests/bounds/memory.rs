//! How much memory the program takes for answers without measure, seen from outside.

use std::fs;
use std::io::Write;

use axum::body::Bytes;
use flate2::{Compress, Compression, FlushCompress};
use gatehouse::atlas::Credential;
use tokio::runtime::Runtime;

use super::answers::{JSON, PAGE, page};
use crate::support::pty::{Session, secret_of};
use crate::wire::serve;

/// Whatever comes, it takes no more, in MiB.
const MOST: u64 = 100;
/// With as many rows as a list can have, twice.
const MOST_OF_ROWS: u64 = 250;
/// A gzip file of what is compressed best: a mebibyte of zeros, a thousand times over.
const TIMES: usize = 1_024;

/// A file of about a mebibyte that becomes a gibibyte.
fn bomb() -> Vec<u8> {
    let zeros = vec![b' '; 1 << 20];
    let mut packer = Compress::new(Compression::best(), false);
    let mut piece = Vec::with_capacity(64 << 10);
    packer.compress_vec(&zeros, &mut piece, FlushCompress::Full).expect("packed");
    assert!(packer.total_in() == 1 << 20 && piece.len() < 4 << 10, "{} bytes", piece.len());
    // After a full flush each piece stands for itself.
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
    file.write_all(&piece.repeat(TIMES)).expect("written");
    file
}

/// The most memory that a process ever took, in MiB.
fn peak(session: &Session) -> u64 {
    let path = format!("/proc/{}/status", session.pid());
    let status = fs::read_to_string(path).expect("it runs");
    let line = status.lines().find(|line| line.starts_with("VmHWM")).expect("a peak");
    let kib: u64 = line.split_whitespace().nth(1).expect("a number").parse().expect("a number");
    kib >> 10
}

fn start(base: &str) -> Session {
    let credential = Credential::ServiceAccount {
        client_id: "mdb_sa_id_66f1c0ffee00112233a91f00".into(),
        client_secret: "mdb_sa_sk_secret".into(),
    };
    let environment = [
        ("MONGODB_ATLAS_CLIENT_ID", "mdb_sa_id_66f1c0ffee00112233a91f00"),
        ("MONGODB_ATLAS_CLIENT_SECRET", secret_of(&credential)),
        ("MONGODB_ATLAS_OPS_MANAGER_URL", base),
        ("MONGODB_ATLAS_ORG_ID", "0123456789abcdef01234567"),
    ];
    Session::start(&[], &environment)
}

#[test]
fn a_mebibyte_that_becomes_a_gibibyte_is_stopped_early() {
    let runtime = Runtime::new().expect("a runtime");
    let file = Bytes::from(bomb());
    let headers = [JSON[0], ("content-encoding", "gzip")];
    let base = runtime.block_on(serve(move |_| (headers, file.clone())));
    let mut session = start(&format!("{base}/"));
    session.until_text("larger than 8 MiB");
    let peak = peak(&session);
    assert!(peak < MOST, "it took {peak} MiB");
}

#[test]
#[ignore = "half a minute long"]
fn a_list_without_end_takes_no_memory_without_end() {
    let runtime = Runtime::new().expect("a runtime");
    let row = |number| {
        let id = format!("{number:024x}");
        format!("{{\"clientId\":\"mdb_sa_id_{id}\",\"id\":\"{id}\",\"name\":\"x\"}}")
    };
    let base = runtime.block_on(serve(move |call| {
        let start = PAGE * if call.contains("pageNum=") { page(call) } else { 0 };
        let rows: Vec<_> = (start..start + PAGE).map(row).collect();
        (JSON, format!("{{\"results\":[{}]}}", rows.join(",")))
    }));
    let mut session = start(&format!("{base}/"));
    session.until_text("not understood");
    let peak = peak(&session);
    println!("endless: {peak} MiB");
    assert!(peak < MOST_OF_ROWS, "it took {peak} MiB");
}
