//! Where frames go out: straight to the terminal, in one write, and nothing is kept
//! of them. Knows no cells and no escape sequences.

use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use zeroize::Zeroize;

/// One write for one frame: a frame is seldom larger.
const ROOM: usize = 64 << 10;

/// Collects what is written until it is flushed, and then forgets it.
///
/// The standard library's own standard output would keep the latest line in a
/// buffer that nobody can wipe: given that, this writes past it.
pub struct Pen<F: AsFd> {
    out: F,
    /// It never grows, for that would leave a copy behind.
    held: Box<[u8]>,
    /// How much of it waits to go out.
    length: usize,
}

impl<F: AsFd> Pen<F> {
    /// A pen that writes to `out`.
    #[must_use]
    pub fn new(out: F) -> Self {
        Self { out, held: vec![0; ROOM].into_boxed_slice(), length: 0 }
    }

    /// Takes out what waits, for `with`; none of it is there afterwards.
    fn empty<T>(&mut self, with: impl FnOnce(BorrowedFd<'_>, &[u8]) -> T) -> T {
        let waiting = &mut self.held[..std::mem::take(&mut self.length)];
        let done = with(self.out.as_fd(), waiting);
        waiting.zeroize();
        done
    }
}

impl<F: AsFd> Write for Pen<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.length == ROOM {
            self.flush()?;
        }
        let taken = bytes.len().min(ROOM - self.length);
        self.held[self.length..][..taken].copy_from_slice(&bytes[..taken]);
        self.length += taken;
        Ok(taken)
    }

    /// Writes what was collected. What could not be written is gone too: a part of
    /// a frame is of no use later.
    fn flush(&mut self) -> io::Result<()> {
        self.empty(send)
    }
}

impl<F: AsFd> Drop for Pen<F> {
    /// What was never flushed is not written: it may be half a sequence.
    fn drop(&mut self) {
        self.empty(|_, _| ());
    }
}

/// Writes all of it, however often the system takes only a part.
fn send(out: BorrowedFd<'_>, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match rustix::io::write(out, bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = &bytes[written..],
            Err(Errno::INTR) => {}
            // The terminal is shared: whoever had it before may have left it so.
            Err(Errno::AGAIN) => wait(out)?,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Waits until there is room again, as a write would that may wait itself.
fn wait(out: BorrowedFd<'_>) -> io::Result<()> {
    match poll(&mut [PollFd::new(&out, PollFlags::OUT)], None) {
        Ok(_) | Err(Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{PipeWriter, Read, pipe};
    use std::thread;
    use std::time::Duration;

    use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

    use super::*;

    fn is_clean(pen: &Pen<PipeWriter>) -> bool {
        pen.length == 0 && pen.held.iter().all(|byte| *byte == 0)
    }

    #[test]
    fn a_frame_goes_out_whole_and_nothing_of_it_stays() {
        let (mut reader, writer) = pipe().expect("a pipe");
        let mut pen = Pen::new(writer);
        pen.write_all(b"one ").expect("taken");
        pen.write_all(b"frame").expect("taken");
        assert_eq!(&pen.held[..9], b"one frame");
        pen.flush().expect("written");
        assert!(is_clean(&pen));
        pen.write_all(b"never flushed").expect("taken");
        drop(pen);
        let mut read = String::new();
        reader.read_to_string(&mut read).expect("read");
        assert_eq!(read, "one frame");
    }

    #[test]
    fn a_frame_of_any_size_goes_out_in_order() {
        let (mut reader, writer) = pipe().expect("a pipe");
        let frame: Vec<u8> = (0..ROOM * 3 + 5).map(|n| n.to_le_bytes()[0] ^ 0x5a).collect();
        let expected = frame.clone();
        let other = thread::spawn(move || {
            let mut pen = Pen::new(writer);
            pen.write_all(&frame).and_then(|()| pen.flush()).expect("written");
            assert!(is_clean(&pen));
        });
        let mut read = Vec::new();
        reader.read_to_end(&mut read).expect("read");
        other.join().expect("it wrote");
        assert!(read == expected, "{} bytes came", read.len());
    }

    #[test]
    fn where_nobody_reads_it_fails_and_still_keeps_nothing() {
        let (reader, writer) = pipe().expect("a pipe");
        drop(reader);
        let mut pen = Pen::new(writer);
        pen.write_all(b"a secret").expect("taken");
        assert_eq!(pen.flush().map_err(|e| e.kind()), Err(io::ErrorKind::BrokenPipe));
        assert!(is_clean(&pen));
    }

    #[test]
    fn a_terminal_that_will_not_wait_is_waited_for() {
        let (mut reader, writer) = pipe().expect("a pipe");
        let flags = fcntl_getfl(&writer).expect("flags");
        fcntl_setfl(&writer, flags | OFlags::NONBLOCK).expect("set");
        // More than a pipe holds.
        let frame = vec![b'x'; 300_000];
        let slow = thread::spawn(move || {
            thread::sleep(Duration::from_millis(20));
            let mut read = Vec::new();
            reader.read_to_end(&mut read).expect("read");
            read.len()
        });
        let mut pen = Pen::new(writer);
        pen.write_all(&frame).and_then(|()| pen.flush()).expect("written");
        drop(pen);
        assert_eq!(slow.join().expect("it read"), 300_000);
    }
}
