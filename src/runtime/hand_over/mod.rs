//! Where a new secret is handed over: a place is tried before the secret is made,
//! and it is said to be there only when it is there for good. Knows nothing of
//! Atlas, of what the secret opens, nor of the shape that it is written in.

mod command;
mod file;

use crate::atlas::Secret;
use crate::rules::hand_over::Sink;

use command::Program;
use file::EmptyFile;

/// A place that was tried and is ready to take a secret. Dropped without one, it
/// leaves nothing behind.
pub struct Reserved(Place);

enum Place {
    File(EmptyFile),
    Command(Program),
}

/// Tries the place before there is a secret: makes the new file and writes to its
/// disk, or finds the command. Blocks.
///
/// # Errors
/// What is wrong with the place and what to do, in a sentence.
pub fn reserve(sink: &Sink) -> Result<Reserved, String> {
    let place = match sink {
        Sink::File { path, .. } => Place::File(EmptyFile::create(path)?),
        Sink::Command { argv, seconds, environment, name, .. } => {
            let path = std::env::var_os("PATH").unwrap_or_default();
            Place::Command(Program::find(name, argv, &path, *seconds, environment)?)
        }
        Sink::Screen | Sink::Clipboard => {
            return Err("the screen and the clipboard are not reserved: name a file".to_owned());
        }
    };
    Ok(Reserved(place))
}

impl Reserved {
    /// Hands the text over, and says where it is now.
    ///
    /// # Errors
    /// Why the place has not taken it, in a sentence without the text. What was
    /// written of it to a file is gone again.
    pub async fn deliver(self, text: &Secret) -> Result<String, String> {
        match self.0 {
            Place::File(file) => {
                let text = text.clone();
                let filled = tokio::task::spawn_blocking(move || file.fill(&text)).await;
                filled.unwrap_or_else(|_| Err("writing the file was broken off".to_owned()))
            }
            Place::Command(program) => {
                let environment = program.environment(std::env::vars_os());
                program.feed(text, environment).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::rules::hand_over::Shape;

    fn command(argv: &[&str]) -> Sink {
        Sink::Command {
            argv: argv.iter().map(ToString::to_string).collect(),
            shape: Shape::Plain,
            seconds: 10,
            environment: Vec::new(),
            name: "vault".to_owned(),
        }
    }

    #[tokio::test]
    async fn a_secret_reaches_a_new_file_and_a_command() {
        let folder = tempfile::tempdir().expect("a folder");
        // Whatever the umask, or it is refused.
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).expect("a mode");
        let path = |name: &str| folder.path().join(name).display().to_string();
        let text = Secret::from("mdb_sa_sk_one\n");
        let file = Sink::File { path: path("a"), shape: Shape::Plain };
        let script = "cat > \"$0\"";
        for (sink, name, place) in [
            (file, "a", path("a")),
            (command(&["sh", "-c", script, &path("b")]), "b", "vault (sh)".to_owned()),
        ] {
            let reserved = reserve(&sink).unwrap_or_else(|why| panic!("{why}"));
            assert_eq!(reserved.deliver(&text).await, Ok(place));
            assert_eq!(fs::read_to_string(path(name)).expect("a file"), "mdb_sa_sk_one\n");
        }
    }

    #[tokio::test]
    async fn a_delivery_may_be_made_on_any_thread() {
        let reserved =
            reserve(&command(&["sh", "-c", "cat >&2"])).unwrap_or_else(|e| panic!("{e}"));
        let delivery = async move { reserved.deliver(&Secret::from("mdb_sa_sk_one")).await };
        let delivered = tokio::spawn(delivery).await.expect("no panic");
        assert_eq!(delivered.as_deref(), Ok("vault (sh)"));
    }

    #[test]
    fn what_needs_no_place_gets_none() {
        assert!(reserve(&Sink::Screen).is_err());
        assert!(reserve(&Sink::Clipboard).is_err());
    }
}
