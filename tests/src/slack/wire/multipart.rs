//! Uploads come as bytes or as one part of a form.

/// The bytes of the file.
pub(super) fn content<'a>(kind: &str, body: &'a [u8]) -> &'a [u8] {
    let Some(boundary) = kind.strip_prefix("multipart/form-data").and_then(|rest| rest.split("boundary=").nth(1))
    else {
        return body;
    };
    let boundary = format!("--{}", boundary.trim_matches('"'));
    let start = find(body, b"\r\n\r\n").map_or(body.len(), |place| place + 4);
    let rest = &body[start..];
    let end = find(rest, format!("\r\n{boundary}").as_bytes()).unwrap_or(rest.len());
    &rest[..end]
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}
