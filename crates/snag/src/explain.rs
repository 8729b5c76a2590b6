//! `snag explain`: the page of a rule.

use snag_rules::RULES;

use crate::suggest::did_you_mean;
use crate::{CLEAN, print};

pub(crate) fn run(name: Option<&str>) -> Result<u8, String> {
    let Some(name) = name else { return print(list()).map(|()| CLEAN) };
    let Some(rule) = RULES.iter().find(|rule| rule.name == name) else {
        let suggestion = did_you_mean(name, RULES.iter().map(|rule| rule.name));
        return Err(format!("there is no rule {name:?}{suggestion}; snag explain lists them"));
    };
    // The mark is for the project's tests; a reader gets told what it says.
    print(rule.doc.replace("// want", "// <- reported")).map(|()| CLEAN)
}

fn list() -> String {
    let width = RULES.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    for rule in RULES {
        out.push_str(&format!("{:width$}  {}\n", rule.name, summary(rule.doc)));
    }
    out.push_str("\nsnag explain NAME shows the whole page.\n");
    out
}

/// The first sentence below the title.
fn summary(doc: &str) -> String {
    let lines = doc.lines().skip_while(|line| line.starts_with('#') || line.trim().is_empty());
    let paragraph = lines.take_while(|line| !line.trim().is_empty()).collect::<Vec<_>>().join(" ");
    match paragraph.split_once(". ") {
        Some((first, _)) => first.to_owned(),
        None => paragraph.trim_end_matches('.').to_owned(),
    }
}
