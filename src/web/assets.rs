//! The console's files: bundled by `build.rs`, embedded, and addressed by their content.

/// Address of the script.
pub const JS: &str = concat!("/assets/", env!("WATCHROOM_ASSETS_HASH"), "/app.js");
/// Address of the style sheet.
pub const CSS: &str = concat!("/assets/", env!("WATCHROOM_ASSETS_HASH"), "/app.css");
/// Address of the icon.
pub const ICON: &str = concat!("/assets/", env!("WATCHROOM_ASSETS_HASH"), "/icon.svg");

/// What may be cached for as long as a browser likes: the address changes with the content.
pub const CACHE_CONTROL: &str = "public, max-age=31536000, immutable";

/// The policy every page is sent with; nothing inline, nothing from elsewhere.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; connect-src 'self'; font-src 'self'; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'";

/// One embedded file.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its whole path, hash included.
    pub path: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Its content.
    pub bytes: &'static [u8],
}

const ASSETS: &[Asset] = &[
    Asset {
        path: JS,
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!(concat!(env!("OUT_DIR"), "/app.js")),
    },
    Asset {
        path: CSS,
        content_type: "text/css; charset=utf-8",
        bytes: include_bytes!(concat!(env!("OUT_DIR"), "/app.css")),
    },
    Asset { path: ICON, content_type: "image/svg+xml", bytes: include_bytes!("assets/icon.svg") },
];

/// Every file that is served.
pub fn all() -> &'static [Asset] {
    ASSETS
}

/// The file at this path, hash included; one of an earlier build is not found.
pub fn find(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.path == path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_found_by_its_whole_path_and_by_no_other() {
        for asset in all() {
            assert_eq!(find(asset.path).map(|found| found.bytes.len()), Some(asset.bytes.len()));
            let old = asset.path.replace(env!("WATCHROOM_ASSETS_HASH"), "0000000000000000");
            assert!(find(&old).is_none(), "{old} is of another build");
        }
    }

    /// What a browser has to load before any page does all it can.
    const MOST_SCRIPT: usize = 150 * 1024;

    #[test]
    fn the_script_stays_small() {
        let js = find(JS).unwrap().bytes;
        let packed = zstd::bulk::compress(js, 3).unwrap().len();
        assert!(packed < MOST_SCRIPT, "{packed} bytes of script, compressed");
    }

    #[test]
    fn nothing_in_the_files_points_elsewhere() {
        let css = std::str::from_utf8(find(CSS).unwrap().bytes).unwrap();
        assert!(!css.contains("url(http") && !css.contains("@import"));
        let js = std::str::from_utf8(find(JS).unwrap().bytes).unwrap();
        assert!(!js.contains("sourceMappingURL"));
    }
}
