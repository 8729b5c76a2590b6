//! Histories as text: a line that says what it is, then a line of JSON per step. A file that was cut off holds the
//! beginning of a history.

use serde::{Deserialize, Serialize};

use super::{Event, History};

/// What a record begins with.
#[derive(Serialize, Deserialize)]
struct Header {
    /// Tells a record from any other file.
    snag_history: u32,
    /// The version of Snag that wrote it.
    tool: String,
}

/// The layout of records. Readers refuse newer ones; fields may be added without a new number.
pub const VERSION: u32 = 1;

/// The first line, with its end.
pub fn header() -> String {
    line(&Header { snag_history: VERSION, tool: env!("CARGO_PKG_VERSION").to_owned() })
}

/// The line of a step, with its end.
pub fn event(event: &Event) -> String {
    line(event)
}

fn line(value: &impl Serialize) -> String {
    // Strings, numbers and lists of them always have a JSON form.
    let mut line = serde_json::to_string(value).unwrap_or_default();
    line.push('\n');
    line
}

/// Reads a record, and says which of its lines were not understood.
///
/// # Errors
/// When it is no record, or one of a newer Snag.
pub fn read(text: &str) -> Result<(History, Vec<String>), String> {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let header: Header =
        serde_json::from_str(first).map_err(|_| "this is no record of snag run".to_owned())?;
    if header.snag_history > VERSION {
        return Err(format!(
            "the record was written by snag {}, which is newer: update snag to replay it",
            header.tool
        ));
    }
    let mut history = History::default();
    let mut problems = Vec::new();
    for (number, line) in rest.split_inclusive('\n').enumerate() {
        match serde_json::from_str(line) {
            Ok(event) => history.add(event),
            // The rest of the line was never written.
            Err(_) if !line.ends_with('\n') => {}
            Err(error) => {
                problems.push(format!("line {} of the record was not understood: {error}", number + 2));
                // What follows counts on what was in this line.
                break;
            }
        }
    }
    if problems.is_empty() && history.ended.is_none() {
        problems.push("the record was cut off: it ends before the program did".to_owned());
    }
    Ok((history, problems))
}
