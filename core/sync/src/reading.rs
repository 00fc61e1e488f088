//! Small answers that only the synchronisation reads: files, reserved values.

use outpost_domain::uid::FileUid;
use serde::Deserialize;

use crate::check::StoredFile;
use crate::ports::ReservedValue;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileIn {
    id: FileUid,
    #[serde(default)]
    content_md5: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileResponse {
    file_resource: FileIn,
}

/// The answer to an upload has the file inside a message, the one to a question has it bare
/// (captures 210, t040b).
#[derive(Deserialize)]
#[serde(untagged)]
enum FileAnswer {
    Stored { response: FileResponse },
    Read(FileIn),
}

/// Reads what the server says of a file.
///
/// # Errors
/// In words, if it says nothing of one.
pub(crate) fn stored_file(body: &[u8]) -> Result<StoredFile, String> {
    let answer: FileAnswer =
        serde_json::from_slice(body).map_err(|_| "the answer is not about a file".to_owned())?;
    let (FileAnswer::Stored { response: FileResponse { file_resource: file } }
    | FileAnswer::Read(file)) = answer;
    Ok(StoredFile { id: file.id, md5: file.content_md5 })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ReservedIn {
    value: String,
    #[serde(default)]
    expiry_date: Option<String>,
}

/// Reads values that the server set aside (capture 200); empty ones are none.
///
/// # Errors
/// In words, if it is no list of them.
pub(crate) fn reserved_values(body: &[u8]) -> Result<Vec<ReservedValue>, String> {
    let list: Vec<ReservedIn> = serde_json::from_slice(body)
        .map_err(|_| "the answer is no list of reserved values".to_owned())?;
    let values = list.into_iter().filter(|one| !one.value.is_empty());
    Ok(values.map(|one| ReservedValue { value: one.value, expiry: one.expiry_date }).collect())
}
