use std::collections::HashMap;
use std::io::Cursor;

use gltf::Gltf;
use gltf::image::Source;
use gltf::mesh::util::ReadIndices;

use super::super::picture::Keeps;
use super::mesh::BASE;
use super::*;

/// What a viewer would see.
struct Solid {
    positions: Vec<[f32; 3]>,
    normals: Vec<[f32; 3]>,
    texture: Vec<[f32; 2]>,
    triangles: Vec<[usize; 3]>,
    low: [f32; 3],
    high: [f32; 3],
    picture: RgbImage,
}

/// Reads a file back with everything checked that the `gltf` crate checks.
fn opened(file: &[u8]) -> Solid {
    assert_eq!(file.len() % 4, 0);
    let Gltf { document, blob } = Gltf::from_slice(file).unwrap();
    let blob = blob.unwrap();
    let mesh = document.meshes().next().unwrap();
    let primitive = mesh.primitives().next().unwrap();
    let bounds = primitive.bounding_box();
    let reader = primitive.reader(|_| Some(&blob));
    let Some(ReadIndices::U32(indices)) = reader.read_indices() else {
        panic!("indices of another type");
    };
    let indices: Vec<usize> = indices
        .map(|index| usize::try_from(index).unwrap())
        .collect();
    let (triangles, rest) = indices.as_chunks::<3>();
    assert!(rest.is_empty());
    let colour = primitive.material().pbr_metallic_roughness();
    let texture = colour.base_color_texture().unwrap().texture();
    let Source::View { view, mime_type } = texture.source().source() else {
        panic!("the texture is elsewhere");
    };
    let bytes = &blob[view.offset()..view.offset() + view.length()];
    let format = image::ImageFormat::from_mime_type(mime_type).unwrap();
    Solid {
        positions: reader.read_positions().unwrap().collect(),
        normals: reader.read_normals().unwrap().collect(),
        texture: reader.read_tex_coords(0).unwrap().into_f32().collect(),
        triangles: triangles.to_vec(),
        low: bounds.min,
        high: bounds.max,
        picture: image::load(Cursor::new(bytes), format).unwrap().into_rgb8(),
    }
}

fn made(picture: &RgbImage, depth: f32, keeps: Keeps) -> Solid {
    let heights = lightness(picture);
    let mesh = Mesh::solid(&heights, picture.dimensions(), depth);
    let texture = picture::encoded(&DynamicImage::from(within(picture, MAX_TEXTURE)), keeps);
    opened(&glb::file(&mesh, &texture.unwrap(), keeps.content_type()))
}

fn minus(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [0, 1, 2].map(|axis| a[axis] - b[axis])
}

fn cross(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

impl Solid {
    fn corners(&self, triangle: [usize; 3]) -> [[f32; 3]; 3] {
        triangle.map(|index| self.positions[index])
    }

    /// Positive only when its triangles are turned outward.
    fn volume(&self) -> f32 {
        let signed = self.triangles.iter().map(|triangle| {
            let [a, b, c] = self.corners(*triangle);
            dot(a, cross(b, c)) / 6.0
        });
        signed.sum()
    }

    /// Every edge is walked once in each direction, and every normal lies on the outside of its triangle.
    fn assert_closed_and_outward(&self) {
        let mut edges: HashMap<[[u32; 3]; 2], i32> = HashMap::new();
        let key = |position: [f32; 3]| position.map(|coordinate| (coordinate + 0.0).to_bits());
        for triangle in &self.triangles {
            let corners = self.corners(*triangle);
            let [a, b, c] = corners;
            let outward = cross(minus(b, a), minus(c, a));
            assert!(dot(outward, outward) > 0.0, "{corners:?} is no triangle");
            for index in *triangle {
                let normal = self.normals[index];
                assert!((dot(normal, normal) - 1.0).abs() < 1e-5, "{normal:?}");
                // Where the front is steep its smooth normals may lean far from a triangle's own.
                let agrees = if normal[2] > 0.0 {
                    outward[2]
                } else {
                    dot(normal, outward)
                };
                assert!(agrees > 0.0, "{corners:?} {normal:?}");
            }
            for (from, to) in [(a, b), (b, c), (c, a)] {
                *edges.entry([key(from), key(to)]).or_default() += 1;
            }
        }
        for ([from, to], count) in &edges {
            assert_eq!((*count, edges.get(&[*to, *from])), (1, Some(&1)));
        }
    }
}

#[test]
fn every_size_gives_a_closed_solid_within_its_bounds() {
    // Width, height, and how many heights they come to.
    let cases = [
        ((1, 1), (2, 2)),
        ((1, 9), (2, 9)),
        ((40, 30), (40, 30)),
        ((600, 3), (256, 2)),
        ((150, 70), (150, 70)),
    ];
    for (size, grid) in cases {
        let pixel = |x: u32, y: u32| {
            let waves = (x * 37 + y * 101) % 256;
            Rgb([u8::try_from(waves).unwrap(), 128, 40])
        };
        let picture = RgbImage::from_fn(size.0, size.1, pixel);
        assert_eq!(lightness(&picture).dimensions(), grid, "{size:?}");
        let solid = made(&picture, 0.3, Keeps::Png);
        solid.assert_closed_and_outward();
        let longest = f64::from(size.0.max(size.1));
        for (axis, side) in [size.0, size.1].into_iter().enumerate() {
            let half = f64::from(side) / longest / 2.0;
            let told = [solid.low[axis], solid.high[axis]].map(f64::from);
            assert!((told[0] + half).abs() < 1e-6 && (told[1] - half).abs() < 1e-6);
        }
        for axis in 0..3 {
            let real = solid.positions.iter().map(|position| position[axis]);
            let (low, high) = (real.clone().reduce(f32::min), real.reduce(f32::max));
            assert_eq!(
                (low, high),
                (Some(solid.low[axis]), Some(solid.high[axis])),
                "{size:?}"
            );
        }
        assert!(solid.volume() > 0.0);
        assert_eq!(solid.picture, picture);
    }
}

#[test]
fn a_front_has_at_most_256_heights_a_side() {
    for (size, grid) in [
        ((256, 256), (256, 256)),
        ((1000, 1000), (256, 256)),
        ((300, 512), (150, 256)),
    ] {
        let heights = lightness(&RgbImage::new(size.0, size.1));
        assert_eq!(heights.dimensions(), grid, "{size:?}");
    }
}

#[test]
fn what_is_light_stands_forward_and_the_picture_lies_on_it_upright() {
    // Black on the left, white on the right, and one red line at the top.
    let pixel = |x: u32, y: u32| match (x, y) {
        (_, 0) => Rgb([255, 0, 0]),
        (0..20, _) => Rgb([0; 3]),
        _ => Rgb([255; 3]),
    };
    let picture = RgbImage::from_fn(40, 20, pixel);
    let solid = made(&picture, 0.25, Keeps::Png);
    let front = 0..40 * 20;
    for index in front {
        let [right, up, forward] = solid.positions[index];
        let place = solid.texture[index];
        assert!((right - (place[0] - 0.5)).abs() < 1e-6);
        assert!((up - (0.5 - place[1]) / 2.0).abs() < 1e-6);
        let [red, green, _] = pixel(
            u32::try_from(index % 40).unwrap(),
            u32::try_from(index / 40).unwrap(),
        )
        .0;
        let expected = match (red, green) {
            (0, _) => BASE,
            (_, 255) => BASE + 0.25,
            // How light red is.
            _ => BASE + 0.25 * 54.0 / 255.0,
        };
        assert!(
            (forward - expected).abs() < 1e-3,
            "{right} {up}: {forward}, not {expected}"
        );
    }
}

#[test]
fn a_grey_picture_is_a_box() {
    let solid = made(
        &RgbImage::from_pixel(64, 32, Rgb([102; 3])),
        0.5,
        Keeps::Jpeg,
    );
    let expected = 1.0 * 0.5 * (BASE + 0.5 * 102.0 / 255.0);
    assert!(
        (solid.volume() - expected).abs() < 1e-5,
        "{}",
        solid.volume()
    );
    assert_eq!(solid.picture.dimensions(), (64, 32));
}

#[test]
fn large_pictures_get_a_smaller_texture_and_transparent_ones_lie_low() {
    let broad = made(&RgbImage::new(5000, 50), 0.2, Keeps::Jpeg);
    assert_eq!(broad.picture.dimensions(), (2048, 20));
    let mut half = RgbaImage::from_pixel(2, 1, image::Rgba([255; 4]));
    half.put_pixel(1, 0, image::Rgba([255, 255, 255, 0]));
    assert_eq!(on_black(&half).into_raw(), [255, 255, 255, 0, 0, 0]);
}
