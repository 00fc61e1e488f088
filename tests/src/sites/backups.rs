//! Old states of devices: backup files as a site makes them, and plain copies of a home folder, which
//! no software hears of.

use std::path::PathBuf;

use super::model::Claims;
use super::world::World;
use crate::rig::device::copy_folder;

/// An old state of a device.
pub struct Backup {
    /// Whose.
    pub device: usize,
    /// A backup file, or a copy of the home folder.
    pub path: PathBuf,
    /// Whether it is a backup file.
    pub is_file: bool,
    /// What its owner had entered by then.
    pub claims: Claims,
}

impl World {
    /// Somebody makes a backup, or copies the folder of a device.
    pub fn back_up(&mut self) -> usize {
        let index = self.dice.place(self.devices.len());
        self.tick(index);
        self.homes += 1;
        let path = self.folder.path().join(format!("backup{}", self.homes));
        let is_file = self.dice.chance(50);
        let device = &mut self.devices[index];
        if is_file {
            let _ = device.session().backup(&path).expect("a backup");
        } else {
            device.close();
            copy_folder(&device.home, &path);
            device.open();
        }
        self.tally.backups += 1;
        self.note(format!("{}: is backed up, as a file: {is_file}", self.name(index)));
        let claims = self.model.claims[index].clone();
        self.backups.push(Backup { device: index, path, is_file, claims });
        index
    }

    /// A device goes on from an old state.
    pub fn restore(&mut self) -> Result<usize, String> {
        if self.backups.is_empty() {
            return Ok(0);
        }
        let place = self.dice.place(self.backups.len());
        let backup = &self.backups[place];
        let (index, is_file) = (backup.device, backup.is_file);
        self.homes += 1;
        let home = self.folder.path().join(format!("home{}", self.homes));
        self.devices[index].close();
        let old = std::mem::replace(&mut self.devices[index].home, home.clone());
        if is_file {
            let digits = &self.ground.members[self.members[index]].card.fingerprint;
            let (platform, secret) = (self.devices[index].platform(), &self.ground.recovery.secret);
            std::fs::create_dir_all(&home).map_err(|error| error.to_string())?;
            let restored =
                outpost_engine::restore_backup(&backup.path, &home, &platform, digits, secret);
            let _ = restored.map_err(|error| format!("not restored: {error}"))?;
            self.tally.restores += 1;
        } else {
            copy_folder(&backup.path, &home);
            self.tally.copies_restored += 1;
        }
        std::fs::remove_dir_all(old).map_err(|error| error.to_string())?;
        self.devices[index].open();
        self.model.claims[index].clone_from(&backup.claims);
        self.note(format!("{}: is restored, from a file: {is_file}", self.name(index)));
        self.check_journal(index)?;
        Ok(index)
    }
}
