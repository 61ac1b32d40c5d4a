//! "Did you mean …?"

/// The candidate that is nearest to `text`, if any is near enough to be what was meant.
pub fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Nothing that is far too long can be near, and distances of long texts take long.
    let text: Vec<char> = text
        .trim()
        .chars()
        .take(64)
        .flat_map(char::to_lowercase)
        .collect();
    let near_enough = |candidate: &str| (text.len().min(candidate.chars().count()) / 3).max(1);
    let (distance, best) = candidates
        .into_iter()
        // The distance is no less than the difference of the lengths, which is counted faster.
        .filter(|it| text.len().abs_diff(it.chars().count()) <= near_enough(it))
        .map(|candidate| (distance(&text, candidate), candidate))
        .min_by_key(|(distance, _)| *distance)?;
    (distance <= near_enough(best) && distance < text.len()).then_some(best)
}

/// How many characters must be put in, taken out, changed or swapped with their neighbour.
fn distance(a: &[char], b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut older: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = change.min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(older[j - 2] + 1);
            }
            row.push(best);
        }
        older = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_far() {
        let words = ["credit_code", "company", "qps"];
        let check = |text: &str, expect| assert_eq!(nearest(text, words), expect, "{text}");
        check("credit_cod", Some("credit_code"));
        check("Compnay", Some("company"));
        check("qsp", Some("qps"));
        check("address", None);
        check("", None);
        check("名", None);
        assert_eq!(nearest("x", []), None);
    }
}
