//! What a person reads when Snag itself is wrong.

use std::panic::PanicHookInfo;

/// Says in one sentence what happened and what to do, and ends with the code of a run that failed: files are written
/// as a whole or not at all, so none is half done.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|info| {
        crate::complain(&message(info));
        std::process::exit(i32::from(crate::USAGE));
    }));
}

fn message(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let what = text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("no message");
    let place =
        info.location().map_or_else(String::new, |place| format!(" at {}:{}", place.file(), place.line()));
    format!(
        "error: a defect in snag {} ({what}{place}): the run was broken off; please send this line with the source \
         that snag was reading",
        env!("CARGO_PKG_VERSION")
    )
}
