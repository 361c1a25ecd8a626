//! The version of what a run writes, and its checksums.

/// Version of everything in a run directory. It grows when an older reader would misread a newer
/// run.
pub const SCHEMA_VERSION: u32 = 1;

/// BLAKE3 of the bytes, as 64 hexadecimal digits.
pub fn hash_bytes(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}
