use super::*;

#[test]
fn addresses_of_proxies_are_read() {
    let cases = [
        ("http://proxy.corp:3128", "http://proxy.corp:3128"),
        ("HTTP://proxy.corp:3128/", "http://proxy.corp:3128"),
        (" https://proxy.corp ", "https://proxy.corp"),
        ("socks5://10.0.0.1", "socks5://10.0.0.1:1080"),
        ("socks5h://proxy.corp:9050", "socks5h://proxy.corp:9050"),
        ("http://[::1]:3128", "http://[::1]:3128"),
        ("http://me:canary@proxy.corp:3128", "http://proxy.corp:3128"),
        (
            "socks5h://me:canary@proxy.corp",
            "socks5h://proxy.corp:1080",
        ),
    ];
    for (text, shown) in cases {
        let address = ProxyAddress::parse(text).unwrap();
        assert_eq!(address.to_string(), shown, "{text}");
        assert_eq!(
            address.user(),
            text.contains("me:").then_some("me"),
            "{text}"
        );
    }
}

#[test]
fn other_addresses_are_refused_without_being_quoted() {
    use ProxyAddressError::{Extra, Invalid, Scheme};
    let cases = [
        ("", Scheme),
        ("proxy.corp:3128", Scheme),
        ("me:canary@proxy.corp:3128", Scheme),
        ("ftp://proxy.corp", Scheme),
        ("socks4://proxy.corp", Scheme),
        ("http://", Invalid),
        ("socks5://", Invalid),
        ("socks5://:1080", Invalid),
        ("http://me:canary@proxy.corp:99999", Invalid),
        ("http://me:canary@proxy.corp:0", Invalid),
        ("http://me:canary@pro xy.corp", Invalid),
        ("http://me:canary@proxy.corp/canary", Extra),
        ("http://proxy.corp?canary", Extra),
        ("http://proxy.corp#canary", Extra),
    ];
    for (text, expected) in cases {
        let error = ProxyAddress::parse(text).unwrap_err();
        assert_eq!(error, expected, "{text}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{text}");
    }
}

#[test]
fn a_login_reaches_the_connector_as_it_was_typed_and_nobody_else() {
    let password = "p%40:/@ß canary";
    let target = Url::parse("https://api.wiro.ai/v1").unwrap();
    for scheme in ["socks5", "socks5h"] {
        let address = ProxyAddress::parse(&format!("{scheme}://proxy.corp"))
            .unwrap()
            .with_login("m@e", Secret::new(password.to_owned()));
        let proxy = Proxy::Custom(address.clone());
        let route = Route::new(&proxy);
        let taken = route.intercept(&target).unwrap();
        assert_eq!(taken.raw_auth(), Some(("m@e", password)), "{scheme}");
        for shown in [
            format!("{address} {address:?} {proxy:?} {route:?} {taken:?}"),
            route.shown(&target).unwrap(),
        ] {
            assert!(
                !shown.contains("canary") && !shown.contains("m@e"),
                "{shown}"
            );
        }
    }
    let plain = ProxyAddress::parse("http://Aladdin:opensesame@proxy.corp").unwrap();
    let taken = Route::new(&Proxy::Custom(plain))
        .intercept(&target)
        .unwrap();
    assert_eq!(
        taken.basic_auth().unwrap(),
        "Basic QWxhZGRpbjpvcGVuc2VzYW1l",
        "the example of the standard"
    );
}

#[test]
fn this_machine_is_called_directly() {
    let custom = Route::new(&Proxy::Custom(
        ProxyAddress::parse("http://proxy.corp:3128").unwrap(),
    ));
    let none = Route::new(&Proxy::None);
    let url = |text: &str| Url::parse(text).unwrap();
    for here in [
        "http://127.0.0.1:1/v1",
        "ws://127.9.9.9:1/v1",
        "wss://localhost/v1",
        "http://[::1]:1/v1",
    ] {
        assert_eq!(custom.shown(&url(here)), None, "{here}");
    }
    for elsewhere in ["https://api.wiro.ai/v1", "wss://socket.wiro.ai/v1"] {
        let proxy = Some("proxy.corp:3128".to_owned());
        assert_eq!(custom.shown(&url(elsewhere)), proxy, "{elsewhere}");
        assert_eq!(none.shown(&url(elsewhere)), None, "{elsewhere}");
    }
}
