//! Every row says where it comes from, and every name is found again.

use snag_threads::version::facts;
use snag_threads::{StateId, c_function, c_functions, package, packages, path_rules, syscalls};

#[test]
fn every_row_has_a_source() {
    assert!(
        StateId::all()
            .all(|id| id.info().source.iter().all(|text| !text.is_empty()) && !id.info().source.is_empty())
    );
    assert!(syscalls().iter().all(|row| !row.source.is_empty()));
    assert!(c_functions().all(|row| !row.source.is_empty()));
    assert!(path_rules().iter().all(|row| !row.source.is_empty()));
    assert!(facts::ALL.iter().all(|row| !row.source.is_empty()));
    for row in packages() {
        assert!(row.apis.iter().all(|api| !api.source.is_empty()), "{}", row.path);
        assert!(row.callbacks.iter().all(|callback| !callback.source.is_empty()), "{}", row.path);
        assert!(row.goroutines.iter().all(|spawn| !spawn.source.is_empty()), "{}", row.path);
        assert!(row.blocking.iter().all(|blocking| !blocking.source.is_empty()), "{}", row.path);
    }
}

#[test]
fn every_name_is_found_again() {
    for row in packages() {
        let found = package(row.path).expect("a package");
        assert!(std::ptr::eq(found, row), "{}", row.path);
        for api in row.apis {
            assert!(
                row.api(api.name).is_some_and(|found| std::ptr::eq(found, api)),
                "{}.{}",
                row.path,
                api.name
            );
            assert_eq!(api.package, row.path);
        }
        for callback in row.callbacks {
            assert!(row.callback(callback.name).is_some_and(|found| std::ptr::eq(found, callback)));
        }
    }
    for row in c_functions().filter(|row| !row.name.contains('*')) {
        assert!(c_function(row.name).is_some_and(|found| std::ptr::eq(found, row)), "{}", row.name);
    }
}

#[test]
fn the_tables_are_as_large_as_they_should_be() {
    let apis: usize = packages().iter().map(|row| row.apis.len()).sum();
    let callbacks: usize = packages().iter().map(|row| row.callbacks.len()).sum();
    let blocking: usize = packages().iter().map(|row| row.blocking.len()).sum();
    assert!(apis > 900 && callbacks > 250 && blocking > 300, "{apis} {callbacks} {blocking}");
    assert!(c_functions().count() > 500 && syscalls().len() > 100);
}
