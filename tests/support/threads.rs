//! Work on all processors.

use std::num::NonZero;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Works on all of them, on as many threads as there are processors.
pub fn side_by_side<T: Sync>(all: &[T], work: impl Fn(&T) -> Result<(), String> + Sync) {
    let threads = thread::available_parallelism().map_or(1, NonZero::get);
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let take = || all.get(next.fetch_add(1, Ordering::Relaxed));
                while let Some(one) = take() {
                    wrong.lock().expect("sound").extend(work(one).err());
                }
            });
        }
    });
    let wrong = wrong.into_inner().expect("sound");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
