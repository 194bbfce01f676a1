//! `cp-pixel`: tiers of 1,048,576 pixels, partial ones rounded up (D-11).

use super::*;

#[test]
fn cp_pixel_results() {
    check([
        // 1024 x 1024 = 1,048,576, 1 tier: 0.02 x 1
        (
            r#"[{"inputs":{},"price":0.02,"priceMethod":"cp-pixel"}]"#,
            &[("width", "1024"), ("height", "1024")],
            Nothing,
            exact("0.02"),
        ),
        // 1025 x 1024 = 1,049,600, a second tier begun: 0.02 x 2
        (
            r#"[{"inputs":{},"price":0.02,"priceMethod":"cp-pixel"}]"#,
            &[("width", "1025"), ("height", "1024")],
            Nothing,
            exact("0.04"),
        ),
        // 64 x 64 = 4,096, never less than 1 tier: 0.02 x 1
        (
            r#"[{"inputs":{},"price":0.02,"priceMethod":"cp-pixel"}]"#,
            &[("width", "64"), ("height", "64")],
            Nothing,
            exact("0.02"),
        ),
        // 1920 x 1080 = 2,073,600 / 1,048,576 = 1.98, 2 tiers: 0.03 + 1 x 0.015
        (
            r#"[{"inputs":{},"price":0.03,"priceExtra":0.015,"priceMethod":"cp-pixel"}]"#,
            &[("width", "1920"), ("height", "1080")],
            Nothing,
            exact("0.045"),
        ),
        // 3840 x 2160 = 8,294,400 / 1,048,576 = 7.91, 8 tiers: 0.03 + 7 x 0.015 = 0.03 + 0.105
        (
            r#"[{"inputs":{},"price":"0.03","priceExtra":"0.015","priceMethod":"cp-pixel"}]"#,
            &[],
            OutputSize(3840, 2160),
            exact("0.135"),
        ),
        // 2048 x 1536 = 3,145,728, exactly 3 tiers: 0.02 + 2 x 0.005
        (
            r#"[{"inputs":{},"price":"0.02","priceExtra":"0.005","priceMethod":"cp-pixel"}]"#,
            &[("width", "2048"), ("height", "1536")],
            Nothing,
            exact("0.03"),
        ),
        // further tiers cost nothing: 0.03 + (t - 1) x 0 for any t
        (
            r#"[{"inputs":{},"price":0.03,"priceExtra":0,"priceMethod":"cp-pixel"}]"#,
            &[],
            Nothing,
            exact("0.03"),
        ),
        // no size
        (
            r#"[{"inputs":{},"price":0.02,"priceMethod":"cp-pixel"}]"#,
            &[("width", "1024")],
            Nothing,
            rate("0.02", "1,048,576 pixels"),
        ),
        (
            r#"[{"inputs":{},"price":0.03,"priceExtra":0.015,"priceMethod":"cp-pixel"}]"#,
            &[],
            Nothing,
            unknown(
                "It depends on the size of the result: $0.03 for the first 1,048,576 pixels and $0.015 for each further.",
            ),
        ),
    ]);
}

#[test]
fn cp_pixel_inputs() {
    const LIST: &str = r#"[{"inputs":{},"price":0.03,"priceExtra":0.015,"priceInput":0.01,"priceMethod":"cp-pixel"}]"#;
    const SMALL: &[(&str, &str)] = &[("width", "1024"), ("height", "512")];
    check([
        // result 1 tier, no inputs: 0.03
        (LIST, SMALL, Nothing, exact("0.03")),
        // 640 x 480 1 tier, 2048 x 2048 4 tiers: 0.03 + 1 x 0.01 + 4 x 0.01
        (
            LIST,
            SMALL,
            Pictures(&[(640, 480), (2048, 2048)]),
            exact("0.08"),
        ),
        // result 2048 x 1024 2 tiers: 0.03 + 0.015; input 1025 x 1024 2 tiers: 0.02
        (
            LIST,
            &[("width", "2048"), ("height", "1024")],
            Pictures(&[(1025, 1024)]),
            exact("0.065"),
        ),
        // no priceExtra: 0.03 x 2, input 1 tier: 0.0025
        (
            r#"[{"inputs":{},"price":0.03,"priceInput":"0.0025","priceMethod":"cp-pixel"}]"#,
            &[("width", "2048"), ("height", "1024")],
            Pictures(&[(8, 8)]),
            exact("0.0625"),
        ),
        // no size of the result, 4 tiers of inputs: 4 x 0.01
        (
            LIST,
            &[],
            Pictures(&[(2048, 2048)]),
            unknown(
                "It depends on the size of the result: $0.03 for the first 1,048,576 pixels and $0.015 for each further; the input pictures come to $0.04.",
            ),
        ),
        // no size of the input
        (
            LIST,
            SMALL,
            UnseenPictures(1),
            unknown("It depends on the size of the input pictures, which is not known."),
        ),
        // and none is needed where inputs cost nothing
        (
            r#"[{"inputs":{},"price":0.03,"priceInput":0,"priceMethod":"cp-pixel"}]"#,
            SMALL,
            UnseenPictures(1),
            exact("0.03"),
        ),
    ]);
}
