//! The file types this crate can name.

/// The broad kind of a file: which viewer it belongs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Family {
    /// A picture, raster or vector.
    Image,
    /// Moving pictures.
    Video,
    /// Sound.
    Audio,
    /// A three-dimensional scene.
    Model3d,
    /// A document with pages or active content: PDF, Office, HTML.
    Document,
    /// Inert text: plain, Markdown, JSON, CSV.
    Text,
    /// A container of files. Never unpacked by itself.
    Archive,
    /// Anything else.
    Other,
}

/// A file type from a closed table, so neither the type nor the extension can carry foreign text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FileType {
    /// The media type, lower case, without parameters.
    pub mime: &'static str,
    /// The extension, lower case, without a dot.
    pub extension: &'static str,
    /// The broad kind.
    pub family: Family,
}

macro_rules! file_types {
    ($($name:ident = $mime:literal, $extension:literal, $family:ident;)*) => {
        $(pub(crate) const $name: FileType =
            FileType { mime: $mime, extension: $extension, family: Family::$family };)*
        /// Every type, in the order of the table.
        pub(crate) const ALL: &[FileType] = &[$($name),*];
    };
}

file_types! {
    PNG = "image/png", "png", Image;
    JPEG = "image/jpeg", "jpg", Image;
    GIF = "image/gif", "gif", Image;
    WEBP = "image/webp", "webp", Image;
    BMP = "image/bmp", "bmp", Image;
    TIFF = "image/tiff", "tiff", Image;
    HEIC = "image/heic", "heic", Image;
    AVIF = "image/avif", "avif", Image;
    JXL = "image/jxl", "jxl", Image;
    ICO = "image/x-icon", "ico", Image;
    PSD = "image/vnd.adobe.photoshop", "psd", Image;
    EXR = "image/x-exr", "exr", Image;
    SVG = "image/svg+xml", "svg", Image;
    MP4 = "video/mp4", "mp4", Video;
    MOV = "video/quicktime", "mov", Video;
    WEBM = "video/webm", "webm", Video;
    MKV = "video/x-matroska", "mkv", Video;
    AVI = "video/x-msvideo", "avi", Video;
    THREE_GP = "video/3gpp", "3gp", Video;
    OGV = "video/ogg", "ogv", Video;
    MP3 = "audio/mpeg", "mp3", Audio;
    WAV = "audio/wav", "wav", Audio;
    FLAC = "audio/flac", "flac", Audio;
    OGG = "audio/ogg", "ogg", Audio;
    M4A = "audio/mp4", "m4a", Audio;
    AAC = "audio/aac", "aac", Audio;
    AIFF = "audio/aiff", "aiff", Audio;
    AUDIO_WEBM = "audio/webm", "weba", Audio;
    GLB = "model/gltf-binary", "glb", Model3d;
    GLTF = "model/gltf+json", "gltf", Model3d;
    OBJ = "model/obj", "obj", Model3d;
    STL = "model/stl", "stl", Model3d;
    PLY = "model/ply", "ply", Model3d;
    FBX = "model/fbx", "fbx", Model3d;
    USDZ = "model/vnd.usdz+zip", "usdz", Model3d;
    PDF = "application/pdf", "pdf", Document;
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", Document;
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx", Document;
    PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation", "pptx", Document;
    EPUB = "application/epub+zip", "epub", Document;
    ODT = "application/vnd.oasis.opendocument.text", "odt", Document;
    ODS = "application/vnd.oasis.opendocument.spreadsheet", "ods", Document;
    ODP = "application/vnd.oasis.opendocument.presentation", "odp", Document;
    RTF = "application/rtf", "rtf", Document;
    HTML = "text/html", "html", Document;
    XML = "application/xml", "xml", Text;
    JSON = "application/json", "json", Text;
    NDJSON = "application/x-ndjson", "jsonl", Text;
    CSV = "text/csv", "csv", Text;
    TSV = "text/tab-separated-values", "tsv", Text;
    MARKDOWN = "text/markdown", "md", Text;
    VTT = "text/vtt", "vtt", Text;
    SRT = "application/x-subrip", "srt", Text;
    YAML = "application/yaml", "yaml", Text;
    PLAIN = "text/plain", "txt", Text;
    ZIP = "application/zip", "zip", Archive;
    GZIP = "application/gzip", "gz", Archive;
    TAR = "application/x-tar", "tar", Archive;
    SEVEN_ZIP = "application/x-7z-compressed", "7z", Archive;
    RAR = "application/vnd.rar", "rar", Archive;
    ZSTD = "application/zstd", "zst", Archive;
    XZ = "application/x-xz", "xz", Archive;
    BZIP2 = "application/x-bzip2", "bz2", Archive;
    BIN = "application/octet-stream", "bin", Other;
}
