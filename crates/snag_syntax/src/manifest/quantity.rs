//! Amounts of CPU time in the spellings of the tools.

/// A Kubernetes quantity of CPUs: `2`, `1.5`, `500m`, `1e-1`. Rounded up, as Kubernetes does.
pub(super) fn kubernetes(text: &str) -> Option<u64> {
    let text = text.trim();
    let text = text.strip_prefix('+').unwrap_or(text);
    let suffix_at = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(suffix_at);
    // As a power of ten, in thousandths.
    let exponent: i32 = 3 + match suffix {
        "" => 0,
        "n" => -9,
        "u" => -6,
        "m" => -3,
        "k" => 3,
        "M" => 6,
        "G" => 9,
        _ => suffix.strip_prefix(['e', 'E'])?.parse::<i32>().ok()?,
    };
    scaled(number, exponent)
}

/// A number of CPUs as compose has it: `0.5`, `2`.
pub(super) fn cpus(text: &str) -> Option<u64> {
    scaled(text.trim(), 3)
}

/// A part of one CPU in percent, as systemd has it: `150%`.
pub(super) fn percent(text: &str) -> Option<u64> {
    scaled(text.trim().strip_suffix('%')?.trim_end(), 1)
}

/// Microseconds: `50000`, `50ms`, `0.1s`.
pub(super) fn microseconds(text: &str) -> Option<u64> {
    let text = text.trim();
    if let Some(number) = text.strip_suffix("us") {
        scaled(number, 0)
    } else if let Some(number) = text.strip_suffix("ms") {
        scaled(number, 3)
    } else if let Some(number) = text.strip_suffix('s') {
        scaled(number, 6)
    } else {
        scaled(text, 0)
    }
}

/// The decimal `number` times ten to the `exponent`, rounded up.
fn scaled(number: &str, exponent: i32) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = whole.len() + fraction.len();
    let is_number =
        digits > 0 && digits <= 30 && whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
    if !is_number || !(-40..=40).contains(&exponent) {
        return None;
    }
    let mantissa: u128 = format!("{whole}{fraction}").parse().ok()?;
    let exponent = exponent - fraction.len() as i32;
    let value = match 10u128.checked_pow(exponent.unsigned_abs()) {
        Some(power) if exponent >= 0 => mantissa.checked_mul(power)?,
        Some(power) => mantissa.div_ceil(power),
        None if exponent < 0 => u128::from(mantissa > 0),
        None => return None,
    };
    u64::try_from(value).ok()
}
