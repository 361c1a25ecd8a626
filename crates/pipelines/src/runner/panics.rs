//! Panics as values.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook, take_hook};
use std::sync::Once;

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
    static MESSAGE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs `f`; a panic on this thread becomes an error with its message and place, and nothing is
/// printed.
pub fn quietly<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = take_hook();
        set_hook(Box::new(move |info| if QUIET.get() { note(info) } else { usual(info) }));
    });
    let outer = QUIET.replace(true);
    // The caller sees the error, not what the panic left half done.
    let result = catch_unwind(AssertUnwindSafe(f));
    QUIET.set(outer);
    result.map_err(|_| MESSAGE.take().unwrap_or_else(|| "panicked".to_owned()))
}

fn note(info: &PanicHookInfo<'_>) {
    let what = info.payload_as_str().unwrap_or("(no message)");
    let place = info.location().map(|l| format!(" at {}:{}", l.file(), l.line())).unwrap_or_default();
    MESSAGE.set(Some(format!("panicked{place}: {what}")));
}
