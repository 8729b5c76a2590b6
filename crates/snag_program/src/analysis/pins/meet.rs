//! Where paths meet.

use super::{COURSES, Course, Facts, Path};

/// One path for each course, and not more than can be followed.
pub(super) fn few(paths: Vec<Path>) -> Vec<Path> {
    if paths.len() < 2 {
        return paths;
    }
    let mut met: Vec<(Course, Facts)> = Vec::new();
    for path in paths {
        let (course, facts) = path.split();
        match met.iter().position(|(known, _)| *known == course) {
            Some(at) => agree(&mut met[at].1, &facts),
            None if met.len() < COURSES => met.push((course, facts)),
            None => {}
        }
    }
    met.into_iter().map(|(course, facts)| Path::of(course, facts)).collect()
}

/// What is known on both paths.
pub(super) fn agree(facts: &mut Facts, others: &Facts) {
    facts.retain(|fact| others.binary_search(fact).is_ok());
}
