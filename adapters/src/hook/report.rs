//! What the guard tells the bot: one line of JSON, then the two outputs as they were written.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};

use super::OUTPUT_LIMIT;

/// How the program ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum End {
    /// It could not be started; the system's words.
    NotStarted(String),
    /// It ended, with this wait status.
    Ended(i32),
    /// It wrote more than it may, and may still be running.
    Flooded,
}

impl End {
    pub(super) fn of(status: ExitStatus) -> Self {
        Self::Ended(status.into_raw())
    }
}

/// The whole report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) end: End,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    end: End,
    stdout: usize,
    stderr: usize,
}

impl Report {
    pub(super) fn without_output(end: End) -> Self {
        Self { end, stdout: Vec::new(), stderr: Vec::new() }
    }

    pub(super) fn to_bytes(&self) -> std::io::Result<Vec<u8>> {
        let header = Header { end: self.end.clone(), stdout: self.stdout.len(), stderr: self.stderr.len() };
        let mut bytes = serde_json::to_vec(&header)?;
        bytes.push(b'\n');
        bytes.extend_from_slice(&self.stdout);
        bytes.extend_from_slice(&self.stderr);
        Ok(bytes)
    }

    /// Reads no more than a report may hold, whoever writes it.
    pub(super) async fn read(from: impl AsyncRead + Unpin) -> std::io::Result<Self> {
        /// Far above a header with the system's words about a program that did not start.
        const HEADER_LIMIT: u64 = 16 * 1024;
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        (&mut from).take(HEADER_LIMIT).read_until(b'\n', &mut line).await?;
        let header: Header = serde_json::from_slice(&line)?;
        if header.stdout > OUTPUT_LIMIT || header.stderr > OUTPUT_LIMIT {
            return Err(std::io::Error::other("the guard reports more output than there can be"));
        }
        let mut report = Self { end: header.end, stdout: vec![0; header.stdout], stderr: vec![0; header.stderr] };
        from.read_exact(&mut report.stdout).await?;
        from.read_exact(&mut report.stderr).await?;
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_report_reads_back_as_written_whatever_the_program_wrote() {
        let report = Report { end: End::Ended(768), stdout: b"{}\n\xff\0".to_vec(), stderr: b"{\"end\":1}\n".to_vec() };
        assert_eq!(Report::read(&report.to_bytes().unwrap()[..]).await.unwrap(), report);
    }

    #[tokio::test]
    async fn half_a_report_is_none() {
        let bytes = Report { end: End::Flooded, stdout: b"abc".to_vec(), stderr: Vec::new() }.to_bytes().unwrap();
        for length in 0..bytes.len() {
            assert!(Report::read(&bytes[..length]).await.is_err(), "{length}");
        }
    }

    #[tokio::test]
    async fn a_report_that_claims_too_much_is_refused_before_it_is_read() {
        let claim = br#"{"end":"flooded","stdout":99999999999,"stderr":0}
"#;
        assert!(Report::read(&claim[..]).await.is_err());
        assert!(Report::read(tokio::io::repeat(b'a')).await.is_err());
    }
}
