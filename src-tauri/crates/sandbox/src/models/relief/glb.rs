//! Binary glTF 2.0: a header, a chunk of JSON, a chunk of bytes. Everything is little-endian and padded to four bytes.

use serde_json::{Value, json};

use super::mesh::Mesh;

const MAGIC: u32 = 0x4654_6C67;
const VERSION: u32 = 2;
const JSON: u32 = 0x4E4F_534A;
const BIN: u32 = 0x004E_4942;

// Numbers of the specification, which takes them over from OpenGL.
const FLOAT: u32 = 5126;
const UNSIGNED_INT: u32 = 5125;
const VERTICES: u32 = 34_962;
const INDICES: u32 = 34_963;
const LINEAR: u32 = 9729;
const LINEAR_MIPMAP_LINEAR: u32 = 9987;
const CLAMP_TO_EDGE: u32 = 33_071;

/// The whole file: one mesh with one texture, which is an encoded picture of the given type.
pub(super) fn file(mesh: &Mesh, texture: &[u8], content_type: &str) -> Vec<u8> {
    let mut bytes = Bytes::default();
    let indices = mesh.triangles.iter().flatten();
    let indices = indices.flat_map(|index| index.to_le_bytes());
    let indices = bytes.view(indices, Some(INDICES));
    let positions = bytes.floats(mesh.vertices.iter().map(|vertex| &vertex.position[..]));
    let normals = bytes.floats(mesh.vertices.iter().map(|vertex| &vertex.normal[..]));
    let places = bytes.floats(mesh.vertices.iter().map(|vertex| &vertex.texture[..]));
    let picture = bytes.view(texture.iter().copied(), None);
    let (low, high) = bounds(mesh);
    let count = mesh.vertices.len();
    let document = json!({
        "asset": { "version": "2.0", "generator": "Wiro Sandbox" },
        "scene": 0,
        "scenes": [{ "nodes": [0] }],
        "nodes": [{ "mesh": 0, "name": "Relief" }],
        "meshes": [{ "name": "Relief", "primitives": [{
            "attributes": { "POSITION": 1, "NORMAL": 2, "TEXCOORD_0": 3 },
            "indices": 0,
            "material": 0,
        }] }],
        "materials": [{ "pbrMetallicRoughness": {
            "baseColorTexture": { "index": 0 }, "metallicFactor": 0.0, "roughnessFactor": 0.9,
        } }],
        "textures": [{ "sampler": 0, "source": 0 }],
        "samplers": [{
            "magFilter": LINEAR, "minFilter": LINEAR_MIPMAP_LINEAR, "wrapS": CLAMP_TO_EDGE, "wrapT": CLAMP_TO_EDGE,
        }],
        "images": [{ "bufferView": picture, "mimeType": content_type }],
        "accessors": [
            {
                "bufferView": indices, "componentType": UNSIGNED_INT, "type": "SCALAR",
                "count": mesh.triangles.len() * 3,
            },
            {
                "bufferView": positions, "componentType": FLOAT, "type": "VEC3", "count": count,
                "min": low, "max": high,
            },
            { "bufferView": normals, "componentType": FLOAT, "type": "VEC3", "count": count },
            { "bufferView": places, "componentType": FLOAT, "type": "VEC2", "count": count },
        ],
        "bufferViews": bytes.views,
        "buffers": [{ "byteLength": bytes.bytes.len() }],
    });
    container(&document, &bytes.bytes)
}

/// The least and the greatest coordinates, which the specification wants to be told.
fn bounds(mesh: &Mesh) -> ([f32; 3], [f32; 3]) {
    let positions = mesh.vertices.iter().map(|vertex| vertex.position);
    positions.fold(
        ([f32::INFINITY; 3], [f32::NEG_INFINITY; 3]),
        |(low, high), position| {
            (
                [0, 1, 2].map(|axis| low[axis].min(position[axis])),
                [0, 1, 2].map(|axis| high[axis].max(position[axis])),
            )
        },
    )
}

/// The one buffer, and what lies where in it.
#[derive(Default)]
struct Bytes {
    bytes: Vec<u8>,
    views: Vec<Value>,
}

impl Bytes {
    /// Adds a piece and returns its number. The next one begins at a multiple of four.
    fn view(&mut self, piece: impl Iterator<Item = u8>, target: Option<u32>) -> usize {
        let offset = self.bytes.len();
        self.bytes.extend(piece);
        let mut view =
            json!({ "buffer": 0, "byteOffset": offset, "byteLength": self.bytes.len() - offset });
        if let Some(target) = target {
            view["target"] = target.into();
        }
        self.views.push(view);
        pad(&mut self.bytes, 0);
        self.views.len() - 1
    }

    fn floats<'a>(&mut self, rows: impl Iterator<Item = &'a [f32]>) -> usize {
        let bytes = rows.flatten().flat_map(|float| float.to_le_bytes());
        self.view(bytes, Some(VERTICES))
    }
}

fn pad(bytes: &mut Vec<u8>, with: u8) {
    bytes.resize(bytes.len().next_multiple_of(4), with);
}

fn container(document: &Value, buffer: &[u8]) -> Vec<u8> {
    let mut json = document.to_string().into_bytes();
    pad(&mut json, b' ');
    let length = 12 + 8 + json.len() + 8 + buffer.len();
    let mut file = Vec::with_capacity(length);
    let word = |file: &mut Vec<u8>, word: u32| file.extend(word.to_le_bytes());
    let size = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    word(&mut file, MAGIC);
    word(&mut file, VERSION);
    word(&mut file, size(length));
    for (kind, chunk) in [(JSON, &json[..]), (BIN, buffer)] {
        word(&mut file, size(chunk.len()));
        word(&mut file, kind);
        file.extend(chunk);
    }
    file
}
