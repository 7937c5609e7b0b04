use super::*;
use crate::config::look::Look;
use crate::rules::hand_over::Shape;

#[test]
fn nothing_written_is_as_usual() {
    assert_eq!(Settings::parse(""), Ok(Settings::default()));
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(Settings::read(folder.path()), Ok((Settings::default(), Vec::new())));
}

#[test]
fn what_is_written_is_taken() {
    let text = "organization = '32b6e34b3d91647abb20e7b8'\nrefresh = 0x14\nmouse = true\n\n\
                [keys]\nquit = ['Q']\nback = [\n  'h',\n]\n";
    let settings = Settings::parse(text).expect("settings");
    assert_eq!(settings.organization, Some(OrgId::new("32b6e34b3d91647abb20e7b8")));
    assert_eq!(settings.refresh, Some(SignedDuration::from_secs(20)));
    assert!(settings.mouse);
    let keys: Vec<_> =
        settings.keys.iter().map(|keys| (keys.line, &*keys.action, &*keys.keys[0])).collect();
    assert_eq!(keys, [(6, "quit", "Q"), (7, "back", "h")]);
    for never in ["refresh = 0", "refresh = 'off'"] {
        assert_eq!(Settings::parse(never).expect("settings").refresh, None);
    }
}

#[test]
fn what_the_lists_show_is_remembered_unless_somebody_says_otherwise() {
    let remembers = |text| Settings::parse(text).expect("settings").remember_lists;
    assert!(remembers("") && remembers("remember_lists = true"));
    assert!(!remembers("remember_lists = false"));
}

#[test]
fn commands_are_read_in_the_order_of_their_names() {
    let text = r#"
rescue = "disk"
[hand_over.vault]
command = ["vault", "kv", "put", "-cas=0", "secret/{name}", "key=-"]
environment = ["VAULT_ADDR", "VAULT_TOKEN"]
seconds = 5
[hand_over.pass]
command = ["pass", "insert", "--multiline", "atlas/{name}"]
shape = "env"
"#;
    let settings = Settings::parse(text).expect("settings");
    assert_eq!(settings.rescue, RescuePlace::Disk);
    let names: Vec<_> = settings.takers.iter().map(|taker| taker.name.as_str()).collect();
    assert_eq!(names, ["pass", "vault"]);
    assert_eq!(settings.takers[0].shape, Shape::Env);
    assert_eq!((settings.takers[0].seconds, settings.takers[1].seconds), (30, 5));
}

#[test]
fn what_others_can_write_is_not_trusted() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = Settings::path(folder.path());
    std::fs::write(&path, "rescue = 'off'").expect("written");
    for (mode, trusted) in [(0o600, true), (0o644, true), (0o664, false), (0o777, false)] {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(&path, permissions).expect("a mode");
        let read = Settings::read(folder.path());
        assert_eq!(read.is_ok(), trusted, "{mode:o}");
        assert!(trusted || read.is_err_and(|why| why.contains("chmod go-w")));
    }
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_what_was_meant() {
    for (text, line, words) in [
        ("rescue = 'tape'", 1, "`rescue`: \"tape\" is not known; there is memory, disk, off."),
        ("rescue = 'dsk'", 1, "`rescue`: \"dsk\" is not known; did you mean disk?"),
        ("\nrescu = 'off'", 2, "`rescu` is not known; did you mean rescue?"),
        ("\n\nrefesh = 20", 3, "`refesh` is not known; did you mean refresh?"),
        ("colour = 'x'", 1, "`colour` is not known; there is organization, refresh"),
        ("organization = 'Acme'", 1, "an organization's id, not its name"),
        ("organization = 7", 1, "`organization`: this is a number; it takes a text in quotes."),
        ("refresh = 3", 1, "`refresh`: it takes seconds, 10 to 86400, or \"off\"."),
        ("refresh = -1", 1, "it takes seconds"),
        ("refresh = 'of'", 1, "it takes seconds"),
        ("mouse = 'on'", 1, "`mouse`: this is a text; it takes true or false."),
        ("keys = ['q']", 1, "`keys`: this is a list; it takes a table."),
        ("[keys]\n\nquit = 'Q'", 3, "`keys`: `quit`: this is a text; it takes a list of texts"),
        ("[keys]\nquit = ['q',\n7]", 3, "`keys`: `quit`: this is a number; it takes a text"),
        ("[hand_over.x]\ncommand = 'pass'", 2, "`hand_over`: `x`: `command`: this is a text"),
        ("[hand_over.x]\ncommand = []", 2, "names no program"),
        ("\n[hand_over.x]\nshape = 'plain'", 2, "`x`: it needs a `command`."),
        ("[hand_over.x]\ncommand = ['bin/a']", 2, "its whole path"),
        ("[hand_over.x]\ncommand = ['a', '{secret}']", 2, "never into its arguments"),
        ("[hand_over.x]\ncommand = ['a', '{nam}']", 2, "{nam} is not known"),
        ("[hand_over.x]\ncommand = ['a']\nseconds = 0", 3, "`seconds`: it takes 1 to 600."),
        ("[hand_over.x]\ncommand = ['a']\nshape = 'xml'", 3, "\"xml\" is not known; there is"),
        ("[hand_over.x]\ncommand = ['a']\nshell = true", 3, "`shell` is not known"),
        ("[hand_over.x]\ncomand = ['a']", 2, "did you mean command?"),
        ("\nauthorities = ['ca.pem']", 2, "the whole path of ca.pem"),
        ("authorities = 'ca.pem'", 1, "it takes a list of texts"),
        ("refresh = 10\nmouse = true\nrefresh = 20", 3, "duplicate key"),
    ] {
        let told = Settings::parse(text).expect_err(text);
        assert!(told.starts_with(&format!("config.toml, line {line}: ")), "{text}: {told}");
        assert!(told.contains(words), "{text}: {told}");
    }
    assert!(Settings::parse("[[").is_err_and(|told| told.contains("line 1: ")));
    let json = "[hand_over.x]\ncommand = ['op', '{\"a\": 1}']";
    assert!(Settings::parse(json).is_ok(), "braces of another kind are let be");
}

#[test]
fn all_that_is_wrong_is_told_at_once_and_the_rest_is_taken() {
    let text = "refesh = 20\nmouse = 'on'\nascii = true\n\
                [hand_over.x]\ncommand = 'pass'\nshape = 'xml'\n[hand_over.y]\n\
                [themes.mine]\ngood = 1\nsoon = 'bold'\ndanger = []\n\
                [keys]\nquit = 'Q'\nback = ['h']\nopen = [1]\n";
    let (settings, wrong) = Settings::draft(text);
    let lines: Vec<_> = wrong.iter().map(|wrong| wrong.line).collect();
    assert_eq!(lines, [1, 2, 5, 6, 7, 9, 11, 13, 15], "{wrong:#?}");
    assert!(settings.look.ascii && settings.look.themes[0].styles.len() == 1);
    assert_eq!(settings.keys.len(), 1);
    let (_, wrong) = Settings::draft("theme = dark\nmouse = true\n[keys]\nback = [x y\n");
    let lines: Vec<_> = wrong.iter().map(|wrong| wrong.line).collect();
    assert_eq!(lines, [1, 4], "{wrong:#?}");
}

/// The sample with every `#` taken away that stands before an entry.
#[test]
fn the_sample_says_what_is_so_anyway() {
    let bare: String = sample()
        .lines()
        .map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line))
        .fold(String::new(), |text, line| text + line + "\n");
    let settings = Settings::parse(&bare).expect("settings");
    let (takers, look) = (settings.takers.clone(), settings.look.clone());
    assert_eq!((takers.len(), look.themes.len()), (1, 1), "an example of each");
    assert_eq!(look.theme.as_ref().map(|name| &*name.text), Some("ansi"));
    let look = Look { theme: look.theme, themes: look.themes, ..Look::default() };
    assert_eq!(settings, Settings { takers, look, ..Settings::default() });
    for entry in known::entries() {
        assert!(
            bare.contains(&format!("\n{}", entry.name))
                || entry.name == "keys"
                || bare.contains(&format!("\n[{}", entry.name)),
            "{}",
            entry.name
        );
    }
    assert_eq!(Settings::parse(&sample()), Ok(Settings::default()));
}
