//! The solid: a front of heights, four walls and a flat back, all triangles turned outward.
//!
//! It stands upright like the picture on a wall: x to the right, y up, the front towards positive z. Its longer side is one
//! metre, the unit of glTF. Surfaces that meet at an edge share its positions, so the solid is closed.

#![expect(
    clippy::cast_precision_loss,
    reason = "grid coordinates and the sides of pictures are small"
)]

use image::GrayImage;

/// How far the lowest points of the front lie before the back.
pub(super) const BASE: f32 = 0.05;

/// One corner of a triangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Vertex {
    pub(super) position: [f32; 3],
    /// Of length one, pointing out of the solid.
    pub(super) normal: [f32; 3],
    /// Place in the texture: from its upper left corner, 0 to 1.
    pub(super) texture: [f32; 2],
}

/// Triangles between vertices, counter-clockwise when seen from outside.
#[derive(Debug, Default)]
pub(super) struct Mesh {
    pub(super) vertices: Vec<Vertex>,
    pub(super) triangles: Vec<[u32; 3]>,
}

impl Mesh {
    /// The solid over a grid of at least 2 x 2 heights, in the shape of a picture of `width` x `height` pixels; white
    /// stands `depth` metres before black.
    pub(super) fn solid(heights: &GrayImage, (width, height): (u32, u32), depth: f32) -> Self {
        let longest = width.max(height) as f32;
        let front = Front {
            heights,
            depth,
            width: width as f32 / longest,
            height: height as f32 / longest,
        };
        let mut mesh = Self::default();
        mesh.add_front(&front);
        let ring = front.ring();
        mesh.add_walls(&front, &ring);
        mesh.add_back(&front, &ring);
        mesh
    }

    fn add(&mut self, vertex: Vertex) -> u32 {
        let index = u32::try_from(self.vertices.len()).unwrap_or(u32::MAX);
        self.vertices.push(vertex);
        index
    }

    fn add_front(&mut self, front: &Front<'_>) {
        let (columns, rows) = front.heights.dimensions();
        for row in 0..rows {
            for column in 0..columns {
                self.add(Vertex {
                    position: front.position(column, row),
                    normal: front.normal(column, row),
                    texture: front.texture(column, row),
                });
            }
        }
        for row in 0..rows - 1 {
            for column in 0..columns - 1 {
                let upper_left = row * columns + column;
                let lower_left = upper_left + columns;
                self.triangles.extend([
                    [upper_left, lower_left, upper_left + 1],
                    [upper_left + 1, lower_left, lower_left + 1],
                ]);
            }
        }
    }

    /// One quadrangle for each piece of the front's edge, which goes around counter-clockwise.
    fn add_walls(&mut self, front: &Front<'_>, ring: &[(u32, u32)]) {
        for (at, &from) in ring.iter().enumerate() {
            let to = ring[(at + 1) % ring.len()];
            let ends = [from, to].map(|(column, row)| front.position(column, row));
            let [dx, dy] = [0, 1].map(|axis| ends[1][axis] - ends[0][axis]);
            let length = dx.hypot(dy);
            let normal = [dy / length, -dx / length, 0.0];
            let mut corner = |place: (u32, u32), back: bool| {
                let position = front.position(place.0, place.1);
                self.add(Vertex {
                    position: if back { flattened(position) } else { position },
                    normal,
                    texture: front.texture(place.0, place.1),
                })
            };
            let [a, b, c, d] = [
                corner(from, true),
                corner(to, true),
                corner(to, false),
                corner(from, false),
            ];
            self.triangles.extend([[a, b, c], [a, c, d]]);
        }
    }

    /// A fan from the middle to the walls' ends, so that no corner touches the middle of an edge.
    fn add_back(&mut self, front: &Front<'_>, ring: &[(u32, u32)]) {
        let normal = [0.0, 0.0, -1.0];
        let middle = self.add(Vertex {
            position: [0.0; 3],
            normal,
            texture: [0.5; 2],
        });
        for &(column, row) in ring {
            self.add(Vertex {
                position: flattened(front.position(column, row)),
                normal,
                texture: front.texture(column, row),
            });
        }
        let count = u32::try_from(ring.len()).unwrap_or(u32::MAX);
        let around = (0..count).map(|at| [middle, middle + 1 + (at + 1) % count, middle + 1 + at]);
        self.triangles.extend(around);
    }
}

/// The same place on the back.
fn flattened([x, y, _]: [f32; 3]) -> [f32; 3] {
    [x, y, 0.0]
}

/// The grid of heights and its size in metres.
struct Front<'a> {
    heights: &'a GrayImage,
    depth: f32,
    width: f32,
    height: f32,
}

impl Front<'_> {
    fn elevation(&self, column: u32, row: u32) -> f32 {
        BASE + self.depth * f32::from(self.heights.get_pixel(column, row)[0]) / 255.0
    }

    fn texture(&self, column: u32, row: u32) -> [f32; 2] {
        let (columns, rows) = self.heights.dimensions();
        [
            column as f32 / (columns - 1) as f32,
            row as f32 / (rows - 1) as f32,
        ]
    }

    fn position(&self, column: u32, row: u32) -> [f32; 3] {
        let [right, down] = self.texture(column, row);
        [
            (right - 0.5) * self.width,
            (0.5 - down) * self.height,
            self.elevation(column, row),
        ]
    }

    /// From how much the neighbours differ.
    fn normal(&self, column: u32, row: u32) -> [f32; 3] {
        let (columns, rows) = self.heights.dimensions();
        let slope = |[low, high]: [(u32, u32); 2], axis: usize| {
            let [low, high] = [low, high].map(|(column, row)| self.position(column, row));
            (high[2] - low[2]) / (high[axis] - low[axis])
        };
        let right = (column + 1).min(columns - 1);
        let below = (row + 1).min(rows - 1);
        let across = slope([(column.saturating_sub(1), row), (right, row)], 0);
        let up = slope([(column, below), (column, row.saturating_sub(1))], 1);
        let length = (across * across + up * up + 1.0).sqrt();
        [-across / length, -up / length, 1.0 / length]
    }

    /// The places at the edge, counter-clockwise from the upper left corner.
    fn ring(&self) -> Vec<(u32, u32)> {
        let (columns, rows) = self.heights.dimensions();
        let (right, bottom) = (columns - 1, rows - 1);
        let left_side = (0..bottom).map(|row| (0, row));
        let bottom_side = (0..right).map(|column| (column, bottom));
        let right_side = (1..=bottom).rev().map(|row| (right, row));
        let top_side = (1..=right).rev().map(|column| (column, 0));
        left_side
            .chain(bottom_side)
            .chain(right_side)
            .chain(top_side)
            .collect()
    }
}
