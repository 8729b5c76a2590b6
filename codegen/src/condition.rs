//! Conditions of system calls: `arg0 == PR_SET_NAME`, `arg1 & CLONE_NEWNET`, `!(arg1 & FLAG)`, joined by `&&`.

use std::collections::BTreeMap;

/// The Rust text of the conditions, or what is wrong with them.
pub(super) fn rust(text: &str, constants: &BTreeMap<String, i64>) -> Result<String, String> {
    if text.is_empty() {
        return Ok("&[]".to_owned());
    }
    let terms: Result<Vec<String>, String> =
        text.split("&&").map(|term| one(term.trim(), constants)).collect();
    Ok(format!("&[{}]", terms?.join(", ")))
}

fn one(term: &str, constants: &BTreeMap<String, i64>) -> Result<String, String> {
    let wrong = || format!("not a condition: {term:?}");
    let (negated, inner) = match term.strip_prefix("!(").and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => (true, inner),
        None => (false, term),
    };
    let (argument, rest) = inner.split_once(' ').ok_or_else(wrong)?;
    let argument: u8 =
        argument.strip_prefix("arg").and_then(|digits| digits.parse().ok()).ok_or_else(wrong)?;
    let (operator, values) = rest.split_once(' ').ok_or_else(wrong)?;
    let test = match (operator, negated) {
        ("==", false) => format!("Test::Is(&[{}])", alternatives(values, constants)?),
        ("!=", false) => format!("Test::IsNot(&[{}])", alternatives(values, constants)?),
        ("&", _) => {
            let bits = number(values, constants)?;
            format!("Test::{}({bits:#x})", if negated { "Lacks" } else { "Has" })
        }
        _ => return Err(wrong()),
    };
    Ok(format!("Condition {{ argument: {argument}, test: {test} }}"))
}

fn alternatives(values: &str, constants: &BTreeMap<String, i64>) -> Result<String, String> {
    let each: Result<Vec<String>, String> = values
        .split('|')
        .map(|value| {
            Ok(match value.trim() {
                "nil" => "Value::Nil".to_owned(),
                "tid" => "Value::ThreadId".to_owned(),
                "pid" => "Value::ProcessId".to_owned(),
                other => format!("Value::Int({})", number(other, constants)?),
            })
        })
        .collect();
    Ok(each?.join(", "))
}

fn number(text: &str, constants: &BTreeMap<String, i64>) -> Result<i64, String> {
    let text = text.trim();
    let literal = match text.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    };
    literal.or_else(|| constants.get(text).copied()).ok_or_else(|| format!("unknown constant {text}"))
}
