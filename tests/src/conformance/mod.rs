//! What each port promises, as cases that every adapter of it, and its fake, must pass. One file for
//! each port: a subject that the adapter's test provides, the properties, and a macro that makes a test
//! of each of them.

pub mod chat;
pub mod clock;
pub mod hooks;
pub mod host;
pub mod on_call;
pub mod platform;
pub mod probe;
pub mod store;

/// Makes one test of each property. `$subject` is an expression that awaits nothing and gives a fresh
/// subject each time; it is evaluated inside a runtime.
#[macro_export]
macro_rules! properties {
    ($suite:ident, $subject:expr, [$($property:ident),* $(,)?]) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $property() {
                $crate::conformance::$suite::$property(&$subject).await;
            }
        )*
    };
}
