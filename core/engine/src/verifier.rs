//! Recognises a password again without network: an Argon2id hash, never the password.

use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};

use crate::error::{OutpostError, Result};
use crate::limits::SALT_BYTES;
use crate::platform::Random;

/// Makes the verifier of a password, as a PHC string with its own random salt.
///
/// # Errors
/// `Internal` if the system has no randomness.
pub fn make(secret: &str, random: &dyn Random) -> Result<String> {
    let mut salt = [0u8; SALT_BYTES];
    random.fill(&mut salt)?;
    let salt = SaltString::encode_b64(&salt).map_err(OutpostError::internal)?;
    let hash = crate::platform::argon2id()?
        .hash_password(secret.as_bytes(), &salt)
        .map_err(OutpostError::internal)?;
    Ok(hash.to_string())
}

/// Whether the secret belongs to the verifier. Parameters are those in the verifier, so a stronger
/// later release still reads an older one.
///
/// # Errors
/// `StorageCorrupt` if the verifier is no PHC string.
pub fn matches(verifier: &str, secret: &str) -> Result<bool> {
    let hash = PasswordHash::new(verifier).map_err(|error| OutpostError::StorageCorrupt {
        reason: format!("the stored verifier cannot be read ({error})"),
    })?;
    Ok(argon2::Argon2::default().verify_password(secret.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::OsRandom;

    #[test]
    fn only_the_same_password_matches() {
        let verifier = make("district", &OsRandom).expect("make");
        assert!(matches(&verifier, "district").expect("match"));
        assert!(!matches(&verifier, "District").expect("match"));
        assert!(!matches(&verifier, "").expect("match"));
    }

    #[test]
    fn a_verifier_is_salted_and_says_its_parameters() {
        let first = make("district", &OsRandom).expect("make");
        assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{first}");
        assert_ne!(first, make("district", &OsRandom).expect("make"));
        assert!(!first.contains("district"));
    }

    #[test]
    fn a_damaged_verifier_is_an_error_and_no_match() {
        assert_eq!(matches("nonsense", "x").expect_err("damaged").kind(), "storage_corrupt");
    }
}
