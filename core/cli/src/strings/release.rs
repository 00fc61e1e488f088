//! What `release …` says.

use outpost_engine::model::{
    PackageHere, ReleaseKey, ReleaseOffer, ReleaseStatus, ReleaseTaken, ToBeSigned, VersionView,
};

/// `release keys`
pub const KEYS: &str = "\
Examples:
  outpost release keys
  outpost release keys --new 'Release desk'
A key stays in the encrypted database of its holder. Root keys belong on machines in safes.";
/// `release root`
pub const ROOT: &str = "\
Example:
  outpost release root --root-key safe1.card safe2.card --root-threshold 2 \\
    --release-key desk.card --expires 2031-01-01 --out root-000001.json
Root keys and release keys are different people. Each next root is signed by those before it, too.";
/// `release make`
pub const MAKE: &str = "\
Example:
  outpost release make --root 1 --fresh-until 2027-02-01 --product app --code 42 --name 1.42 \\
    --floor 30 --percent 10 --package android=app.apk --out release.json
The next stage, or going back, is a newer release. Numbers never repeat.";
/// `release sign`
pub const SIGN: &str = "Example:\n  outpost release sign release.json --key 'Release desk'";
/// `release publish`
pub const PUBLISH: &str = "\
Example:
  outpost release publish release.json --root root-000001.json --package app.apk --out release.tar
The file is opened as those who get it will. Publish the digits of the first root on another way.";
/// `release take-in`
pub const TAKE_IN: &str = "\
Examples:
  outpost release take-in release.tar
  outpost release take-in release.tar --fingerprint '12345 67890 12345 67890 12345 67890'
The digits are needed once; take them from the centre, never from whoever brought the file. Exit
code 6 if the file was left alone, 2 if it is damaged or not signed by those who may.";
/// `release status`
pub const STATUS: &str = "Example:\n  outpost release status --json";
/// `release offer`
pub const OFFER: &str = "\
Examples:
  outpost release offer
  outpost release offer --product app --platform android --running 41 --json
The package is verified again before its path is told. Nothing is installed.";

/// No key is held here.
pub const NO_KEYS: &str = "No key for releases is held here.\n";

/// A key.
#[must_use]
pub fn key(key: &ReleaseKey) -> String {
    super::exchange::card(&key.card)
}

/// A document that key holders sign.
#[must_use]
pub fn to_be_signed(document: &ToBeSigned) -> String {
    let ToBeSigned { kind, number, path, signed_by, fingerprint } = document;
    let by = match signed_by.is_empty() {
        true => "nobody yet".to_owned(),
        false => signed_by.join(", "),
    };
    let mut text = format!("{kind} {number}: {}\nSigned by    {by}\n", path.display());
    if let Some(digits) = fingerprint {
        text.push_str(&format!("Digits       {digits}\n"));
    }
    text
}

fn version(version: &VersionView) -> String {
    format!("{} ({})", version.name, version.code)
}

fn package(package: &PackageHere) -> String {
    let PackageHere { product, platform, bytes, .. } = package;
    format!("{product} {} for {platform}, {bytes} bytes", version(&package.version))
}

/// What taking a file in did.
#[must_use]
pub fn taken(taken: &ReleaseTaken) -> String {
    let mut text = format!("{}\n", taken.words);
    if let Some(digits) = &taken.fingerprint {
        text.push_str(&format!("Digits       {digits}\n"));
    }
    for staged in &taken.staged {
        text.push_str(&format!("Verified     {}\n", package(staged)));
    }
    text
}

/// What is known.
#[must_use]
pub fn status(status: &ReleaseStatus) -> String {
    let mut text = String::new();
    if let Some((root, expires)) = status.root.zip(status.root_expires.as_ref()) {
        text.push_str(&format!("Root         {root}, due again on {expires}\n"));
    }
    if let Some((number, fresh)) = status.number.zip(status.fresh_until.as_ref()) {
        text.push_str(&format!("Release      {number}, fresh until {fresh}\n"));
    }
    for product in &status.products {
        text.push_str(&format!(
            "  {} {}, at least {}, for {} % of the sites and {} by name: {}\n",
            product.product,
            version(&product.version),
            product.floor,
            product.percent,
            product.sites.len(),
            product.platforms.join(", ")
        ));
    }
    for here in &status.packages {
        text.push_str(&format!("Verified     {}\n", package(here)));
    }
    text.push_str(&refused_and_alarms(status.refused.as_deref(), &status.alarms));
    text
}

fn refused_and_alarms(refused: Option<&str>, alarms: &[String]) -> String {
    let mut text = String::new();
    if let Some(refused) = refused {
        text.push_str(&format!("Refused      {refused}\n"));
    }
    for alarm in alarms {
        text.push_str(&format!("ALARM        {alarm}\n"));
    }
    text
}

/// What may be installed.
#[must_use]
pub fn offer(offer: &ReleaseOffer) -> String {
    let ReleaseOffer { product, platform, running, .. } = offer;
    let mut text = format!("Runs         {product} {running} on {platform}\n");
    if let Some((install, path)) = offer.install.as_ref().zip(offer.path.as_ref()) {
        text.push_str(&format!("Offered      {}\n{}\n", package(install), path.display()));
    }
    for (found, words) in [
        (&offer.bring, "its package has not come: bring it"),
        (&offer.later, "its turn has not come at this site"),
        (&offer.spoilt, "its package was changed on this disk and thrown away: bring it again"),
    ] {
        if let Some(found) = found {
            text.push_str(&format!("Newer        {}: {words}\n", version(found)));
        }
    }
    if offer.install.is_none() && offer.bring.is_none() && offer.later.is_none() {
        text.push_str("Nothing newer is known.\n");
    }
    text.push_str(&refused_and_alarms(offer.refused.as_deref(), &offer.alarms));
    text
}
