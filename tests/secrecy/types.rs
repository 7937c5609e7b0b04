//! What can never be written by accident: types that hold a secret have no form in
//! which they could be printed or stored.

use std::fmt::Display;
use std::marker::PhantomData;

use gatehouse::atlas::{Clean, Credential, Issued, Secret};
use serde::Serialize;

/// Says no, unless the type itself says yes.
trait Otherwise {
    const PRINTS: bool = false;
    const STORES: bool = false;
}

impl<T: ?Sized> Otherwise for T {}

struct Is<T>(PhantomData<T>);

impl<T: Display> Is<T> {
    const PRINTS: bool = true;
}

impl<T: Serialize> Is<T> {
    const STORES: bool = true;
}

#[test]
fn what_holds_a_secret_can_be_neither_printed_nor_stored() {
    let secret = [
        [Is::<Secret>::PRINTS, Is::<Secret>::STORES],
        [Is::<Issued>::PRINTS, Is::<Issued>::STORES],
        [Is::<Credential>::PRINTS, Is::<Credential>::STORES],
    ];
    assert_eq!(secret, [[false; 2]; 3]);
    // The question is answered with yes where that is so.
    assert_eq!([Is::<Clean>::PRINTS, Is::<Clean>::STORES], [true; 2]);
}

#[test]
fn debug_shows_who_it_is_and_never_the_secret() {
    let issued = Issued {
        owner: gatehouse::atlas::IdentityId::ApiKey(gatehouse::atlas::KeyId::new("1f")),
        secret_id: None,
        public: "abcdefgh".into(),
        secret: Secret::from("c8150efd-c7a0-4afd"),
        expires_at: None,
    };
    let shown = format!("{issued:?}");
    assert!(shown.contains("abcdefgh") && !shown.contains("c8150efd"), "{shown}");
}
