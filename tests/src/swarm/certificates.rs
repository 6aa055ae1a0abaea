//! A certificate authority for one engine, made anew with it: the engine's own certificate, one for who
//! may use it, and one that a stranger made for himself.

use std::fs;
use std::path::Path;

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};

/// Writes `<name>.pem` and `<name>-key.pem` for `engine`, `client` and `stranger` into this folder, and
/// `ca.pem`, which signed the first two.
///
/// # Panics
/// If a certificate cannot be made or written.
pub(super) fn write(folder: &Path) {
    fs::create_dir_all(folder).expect("a folder for certificates");
    let (own, strangers) = (authority(), authority());
    fs::write(folder.join("ca.pem"), &own.1).expect("a certificate is written");
    leaf(folder, "engine", &own.0, ExtendedKeyUsagePurpose::ServerAuth);
    leaf(folder, "client", &own.0, ExtendedKeyUsagePurpose::ClientAuth);
    leaf(folder, "stranger", &strangers.0, ExtendedKeyUsagePurpose::ClientAuth);
}

fn authority() -> (Issuer<'static, KeyPair>, String) {
    let mut about = CertificateParams::new(Vec::new()).expect("parameters");
    about.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let certificate = about.self_signed(&key).expect("a certificate").pem();
    (Issuer::new(about, key), certificate)
}

fn leaf(folder: &Path, name: &str, by: &Issuer<'_, KeyPair>, usage: ExtendedKeyUsagePurpose) {
    let mut about = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
    about.extended_key_usages = vec![usage];
    let key = KeyPair::generate().expect("a key");
    let certificate = about.signed_by(&key, by).expect("a certificate").pem();
    fs::write(folder.join(format!("{name}.pem")), certificate).expect("a certificate is written");
    fs::write(folder.join(format!("{name}-key.pem")), key.serialize_pem()).expect("a key is written");
}
