//! Who may read, change and fill what: sharing, authorities and organisation units of a user.
//!
//! Follows wire reference 2.4: public, own entry and group entries are added together; `ALL` passes
//! everything.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::store::{Metadata, Object};
use super::types::Sharing;

/// The user of a request, with everything that decisions need.
#[derive(Debug, Clone, Default)]
pub struct User {
    /// Uid.
    pub id: String,
    /// Sign-in name.
    pub username: String,
    /// First name.
    pub first_name: String,
    /// Surname.
    pub surname: String,
    /// Authorities of all roles.
    pub authorities: HashSet<String>,
    /// Uids of the user groups.
    pub groups: Vec<String>,
    /// Organisation units for capture.
    pub capture: Vec<String>,
    /// Organisation units for search, or those for capture if none.
    pub search: Vec<String>,
    /// Organisation units for data view, or those for capture if none.
    pub view: Vec<String>,
    /// Language of `displayName`.
    pub db_locale: String,
}

impl User {
    /// Reads a user object and its roles and groups.
    pub fn load(meta: &Metadata, object: &Object) -> Self {
        let member = |key: &str| object.text(key).unwrap_or("").to_owned();
        let uids = |key: &str| -> Vec<String> {
            object.references(key).into_iter().map(str::to_owned).collect()
        };
        let capture = uids("organisationUnits");
        let or_capture =
            |units: Vec<String>| if units.is_empty() { capture.clone() } else { units };
        let roles = object.references("userRoles");
        let roles = roles.into_iter().filter_map(|role| meta.get("userRoles", role));
        let authorities = roles.flat_map(|role| {
            let authorities = role.items("authorities").iter();
            authorities.filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
        });
        let groups = meta.all("userGroups").iter();
        let groups = groups.filter(|group| group.references("users").contains(&object.id.as_str()));
        Self {
            id: object.id.clone(),
            username: member("username"),
            first_name: member("firstName"),
            surname: member("surname"),
            authorities: authorities.collect(),
            groups: groups.map(|group| group.id.clone()).collect(),
            search: or_capture(uids("teiSearchOrganisationUnits")),
            view: or_capture(uids("dataViewOrganisationUnits")),
            capture,
            db_locale: "en".to_owned(),
        }
    }

    /// Has the authority `ALL`.
    pub fn is_super(&self) -> bool {
        self.authorities.contains("ALL")
    }

    /// Has this authority, or `ALL`.
    pub fn may(&self, authority: &str) -> bool {
        self.is_super() || self.authorities.contains(authority)
    }

    /// `{"uid", "username", "firstName", "surname"}`, as tracker answers name people.
    pub fn info(&self) -> Value {
        json!({
            "uid": self.id, "username": self.username,
            "firstName": self.first_name, "surname": self.surname,
        })
    }

    /// May see the object at all.
    pub fn can_read(&self, object: &Object) -> bool {
        match object.kind.sharing {
            Sharing::Open => true,
            Sharing::Users => self.may("F_USER_VIEW") || object.id == self.id,
            Sharing::Metadata | Sharing::Data => self.is_super() || self.bit(object, 0, b'r'),
        }
    }

    /// May change the object: sharing and, for all but working lists, an authority (captures 02l,
    /// m051).
    pub fn can_write(&self, object: &Object) -> bool {
        const FREE: [&str; 3] =
            ["eventFilters", "trackedEntityInstanceFilters", "programStageWorkingLists"];
        let authority = || {
            let word = object.kind.singular.to_uppercase();
            let named = |end: &str| self.authorities.contains(&format!("F_{word}_{end}"));
            named("PUBLIC_ADD") || named("PRIVATE_ADD")
        };
        let free = FREE.contains(&object.kind.plural);
        self.is_super()
            || (object.kind.shared() && self.bit(object, 1, b'w') && (free || authority()))
    }

    /// May read data of the object.
    pub fn can_read_data(&self, object: &Object) -> bool {
        self.is_super() || object.kind.sharing != Sharing::Data || self.bit(object, 2, b'r')
    }

    /// May write data of the object.
    pub fn can_write_data(&self, object: &Object) -> bool {
        self.is_super() || object.kind.sharing != Sharing::Data || self.bit(object, 3, b'w')
    }

    fn bit(&self, object: &Object, position: usize, letter: u8) -> bool {
        let Some(Value::Object(sharing)) = object.body.get("sharing") else { return true };
        let grants = |access: Option<&Value>| {
            let access = access.and_then(Value::as_str);
            access.is_some_and(|access| access.as_bytes().get(position) == Some(&letter))
        };
        let owner = sharing.get("owner").and_then(Value::as_str) == Some(self.id.as_str());
        if (owner && position < 2) || grants(sharing.get("public")) {
            return true;
        }
        let entry = |list: &str, id: &str| {
            let entry = sharing.get(list).and_then(|list| list.get(id));
            grants(entry.and_then(|entry| entry.get("access")))
        };
        entry("users", &self.id) || self.groups.iter().any(|group| entry("userGroups", group))
    }

    /// The `access` member as this user sees it.
    pub fn access(&self, object: &Object) -> Value {
        let write = self.can_write(object);
        let mut access = Map::new();
        access.insert("manage".to_owned(), json!(write));
        access.insert("externalize".to_owned(), json!(self.is_super() && object.kind.shared()));
        access.insert("write".to_owned(), json!(write));
        access.insert("read".to_owned(), json!(self.can_read(object)));
        access.insert("update".to_owned(), json!(write));
        access.insert("delete".to_owned(), json!(write));
        if object.kind.sharing == Sharing::Data {
            let data = json!({
                "write": self.can_write_data(object), "read": self.can_read_data(object),
            });
            access.insert("data".to_owned(), data);
        }
        Value::Object(access)
    }
}
