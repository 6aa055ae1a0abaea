//! Amounts as Kubernetes writes them: `500m`, `1Gi`, `2` (kubernetes.io, "Quantity").

/// The amount as a number of its own unit: cores, bytes, pieces. `None` for what is no quantity.
pub(super) fn amount(text: &str) -> Option<f64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    // `1e3` is a number and no unit.
    let (number, suffix) = match text.parse::<f64>() {
        Ok(number) => (number, ""),
        Err(_) => (digits.parse().ok()?, &text[digits.len()..]),
    };
    let factor = match suffix {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 1024.0,
        "Mi" => 1024.0_f64.powi(2),
        "Gi" => 1024.0_f64.powi(3),
        "Ti" => 1024.0_f64.powi(4),
        "Pi" => 1024.0_f64.powi(5),
        "Ei" => 1024.0_f64.powi(6),
        _ => return None,
    };
    (number.is_finite()).then_some(number * factor)
}

/// What a count or a share of a count comes to: `3`, or `25%` of these replicas, rounded up or down.
pub(super) fn share(value: &serde_json::Value, of: i64, round_up: bool) -> Option<i64> {
    if let Some(count) = value.as_i64() {
        return Some(count);
    }
    let percent: i64 = value.as_str()?.strip_suffix('%')?.parse().ok()?;
    let hundredths = percent.checked_mul(of)?;
    Some(if round_up { hundredths.checked_add(99)? / 100 } else { hundredths / 100 })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_form_is_understood() {
        for (text, expected) in [("500m", 0.5), ("2", 2.0), ("1e3", 1000.0), ("1Gi", 1_073_741_824.0), ("1k", 1000.0)] {
            assert_eq!(amount(text), Some(expected), "{text}");
        }
        for text in ["", "m", "1Xi", "one", "1 Gi", "inf"] {
            assert_eq!(amount(text), None, "{text}");
        }
    }

    #[test]
    fn a_surge_rounds_up_and_an_absence_down() {
        assert_eq!(share(&json!("25%"), 3, true), Some(1));
        assert_eq!(share(&json!("25%"), 3, false), Some(0));
        assert_eq!(share(&json!(2), 3, false), Some(2));
        assert_eq!(share(&json!(null), 3, false), None);
        assert_eq!(share(&json!("many"), 3, true), None);
    }
}
