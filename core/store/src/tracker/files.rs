//! Content of files, in pieces inside the encrypted database. Never in a record, never in memory whole
//! unless asked for.

use std::io::{Read, Write};

use outpost_domain::data::FileResource;
use outpost_domain::uid::{FileUid, Uid};
use rusqlite::{Connection, OptionalExtension, params};

use super::people::Waiting;
use super::person::row_of;
use super::records::read_body;
use crate::error::StoreError;
use crate::limits::{FILE_BYTES_MAX, FILE_CHUNK_BYTES, PAGE_ROWS_MAX};
use crate::store::Store;

/// A file on the device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Its record.
    pub file: FileResource,
    /// Whether its content is on the device.
    pub has_content: bool,
    /// Its row in the outbox: not on the server yet.
    pub waiting: Option<Waiting>,
}

/// Takes record and content away.
pub(super) fn remove(connection: &Connection, id: Uid) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "DELETE FROM file_chunk WHERE file = (SELECT id FROM file_resource WHERE uid = ?)",
        )?
        .execute([id.as_str()])?;
    connection.prepare_cached("DELETE FROM file_resource WHERE uid = ?")?.execute([id.as_str()])?;
    Ok(())
}

/// Number of a file whose content is whole.
pub(crate) fn whole(connection: &Connection, id: FileUid) -> Result<Option<i64>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM file_resource WHERE uid = ? AND is_whole = 1")?;
    Ok(statement.query_row([id.as_str()], |row| row.get(0)).optional()?)
}

/// A piece of a file's content, from 0 on.
pub(crate) fn chunk(
    connection: &Connection,
    file: i64,
    number: i64,
) -> Result<Option<Vec<u8>>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT content FROM file_chunk WHERE file = ? AND number = ?")?;
    Ok(statement.query_row([file, number], |row| row.get(0)).optional()?)
}

/// The whole content, for sending.
pub(crate) fn content(connection: &Connection, id: FileUid) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(file) = whole(connection, id)? else { return Ok(None) };
    let mut content = Vec::new();
    for number in 0.. {
        let Some(piece) = chunk(connection, file, number)? else { break };
        content.extend_from_slice(&piece);
    }
    Ok(Some(content))
}

impl Store {
    /// Stores the content of a file piece by piece, in place of any that is there; how many bytes.
    /// The record follows with the save of what names it. Content whose record never comes is taken
    /// away by [`Store::remove_loose_files`].
    ///
    /// # Errors
    /// [`StoreError::Limit`] above `most` or [`FILE_BYTES_MAX`] bytes; [`StoreError::Io`] if the
    /// content could not be read. The file is then as if it had not been there.
    pub fn write_file(
        &self,
        id: FileUid,
        content: &mut dyn Read,
        most: u64,
        now_ms: i64,
    ) -> Result<u64, StoreError> {
        let limit = most.min(FILE_BYTES_MAX);
        let number = self.write(|transaction| begin(transaction, id, now_ms))?;
        let mut bytes: u64 = 0;
        let mut buffer = vec![0; FILE_CHUNK_BYTES];
        for piece in 0_i64.. {
            let length = fill(content, &mut buffer)?;
            bytes += length as u64;
            if bytes > limit {
                self.write(|transaction| drop_content(transaction, number))?;
                return Err(StoreError::Limit { what: "the size of the file in bytes", limit });
            }
            if length == 0 {
                break;
            }
            self.write_bulk(|transaction| add(transaction, number, piece, &buffer[..length]))?;
        }
        self.write(|transaction| end(transaction, number, bytes))?;
        Ok(bytes)
    }

    /// Copies the content of a file; `false` if it is not on the device.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read or written.
    pub fn copy_file(&self, id: FileUid, to: &mut dyn Write) -> Result<bool, StoreError> {
        let Some(file) = self.read(|connection| whole(connection, id))? else { return Ok(false) };
        for number in 0.. {
            let Some(piece) = self.read(|connection| chunk(connection, file, number))? else {
                break;
            };
            to.write_all(&piece)?;
        }
        Ok(true)
    }

    /// A file by its id.
    ///
    /// # Errors
    /// [`StoreError`] if it could not be read.
    pub fn load_file(&self, id: FileUid) -> Result<Option<StoredFile>, StoreError> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT body, is_whole FROM file_resource WHERE uid = ?")?;
            let found: Option<(Option<String>, bool)> = statement
                .query_row([id.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let Some((Some(body), has_content)) = found else { return Ok(None) };
            let waiting = row_of(connection, id.as_str())?;
            Ok(Some(StoredFile { file: read_body(&body)?, has_content, waiting }))
        })
    }

    /// Keeps the record of a file that the server has, for instance after its content was fetched.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written.
    pub fn save_server_file(&self, file: &FileResource) -> Result<(), StoreError> {
        self.write(|transaction| {
            let payload = outpost_domain::data::Payload::FileResource { file: file.clone() };
            let seq = crate::outbox::edit::last_sequence(transaction)?;
            let stamp = crate::data::records::Stamp { seq, ..Default::default() };
            super::records::store(transaction, &payload, stamp)
        })
    }

    /// Takes away content that was stored before `before_ms` and never got a record; how many files.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written.
    pub fn remove_loose_files(&self, before_ms: i64) -> Result<u64, StoreError> {
        self.write(|transaction| {
            transaction.execute(
                "DELETE FROM file_chunk WHERE file IN (SELECT id FROM file_resource
                   WHERE body IS NULL AND stored_ms < ?)",
                [before_ms],
            )?;
            let sql = "DELETE FROM file_resource WHERE body IS NULL AND stored_ms < ?";
            Ok(transaction.execute(sql, [before_ms])? as u64)
        })
    }

    /// Frees the content of files that the server has and that were stored before `before_ms`; bytes.
    /// Their records stay.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was written.
    pub fn remove_sent_content(&self, before_ms: i64) -> Result<u64, StoreError> {
        self.write(|transaction| {
            let mut statement = transaction.prepare(
                "SELECT id, bytes FROM file_resource f WHERE is_whole = 1 AND body IS NOT NULL
                   AND stored_ms < ?
                   AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.record = f.uid) LIMIT ?",
            )?;
            let parameters = params![before_ms, PAGE_ROWS_MAX];
            let found: Vec<(i64, i64)> = statement
                .query_map(parameters, |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<Result<_, _>>()?;
            let mut freed: u64 = 0;
            for (number, bytes) in found {
                drop_content(transaction, number)?;
                freed += bytes.unsigned_abs();
            }
            Ok(freed)
        })
    }
}

/// Adds a piece of a content that was begun.
pub(crate) fn add(
    connection: &Connection,
    file: i64,
    piece: i64,
    content: &[u8],
) -> Result<(), StoreError> {
    let sql = "INSERT INTO file_chunk (file, number, content) VALUES (?, ?, ?)";
    connection.prepare_cached(sql)?.execute(params![file, piece, content])?;
    Ok(())
}

/// The content is whole.
pub(crate) fn end(connection: &Connection, file: i64, bytes: u64) -> Result<(), StoreError> {
    let sql = "UPDATE file_resource SET is_whole = 1, bytes = ? WHERE id = ?";
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    connection.prepare_cached(sql)?.execute([bytes, file])?;
    Ok(())
}

/// A row without content; its number.
pub(crate) fn begin(connection: &Connection, id: FileUid, now_ms: i64) -> Result<i64, StoreError> {
    let number: i64 = connection
        .prepare_cached(
            "INSERT INTO file_resource (uid, body, bytes, is_whole, stored_ms, seq)
             VALUES (?1, NULL, 0, 0, ?2, 0)
             ON CONFLICT (uid) DO UPDATE SET is_whole = 0, stored_ms = ?2 RETURNING id",
        )?
        .query_row(params![id.as_str(), now_ms], |row| row.get(0))?;
    drop_content(connection, number)?;
    Ok(number)
}

fn drop_content(connection: &Connection, number: i64) -> Result<(), StoreError> {
    connection.prepare_cached("DELETE FROM file_chunk WHERE file = ?")?.execute([number])?;
    connection
        .prepare_cached("UPDATE file_resource SET is_whole = 0 WHERE id = ?")?
        .execute([number])?;
    Ok(())
}

/// Reads until the buffer is full or the end; how many bytes.
fn fill(content: &mut dyn Read, buffer: &mut [u8]) -> Result<usize, StoreError> {
    let mut length = 0;
    while length < buffer.len() {
        match content.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(length)
}
