//! What an attribute means for telling people apart, guessed from its metadata.

use std::collections::BTreeMap;

use crate::folding::normalise;
use crate::metadata::TrackedEntityAttribute;
use crate::uid::TrackedEntityAttributeUid;
use crate::value_type::ValueType;

/// What an attribute says about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// No two people have the same value.
    Unique,
    /// Given name.
    GivenName,
    /// Family name.
    FamilyName,
    /// The whole name in one field, or another name of the person.
    FullName,
    /// Name of a mother, father, husband, head of household.
    RelativeName,
    /// Sex.
    Sex,
    /// Date of birth.
    BirthDate,
    /// Age in years.
    Age,
    /// Phone number.
    Phone,
    /// Village or address.
    Place,
    /// Says nothing; for a configuration that overrules a guess.
    Ignored,
}

/// Roles by attribute.
pub type Roles = BTreeMap<TrackedEntityAttributeUid, Role>;

/// Folded words that name a role, in the languages of the countries that use DHIS2 most: English, French,
/// Portuguese, Spanish, Swahili, Arabic, Amharic, Hindi, Nepali, Indonesian, Vietnamese, Lao, Bengali.
/// Earlier rows win: a mother's first name is hers, a family name is no given name.
const WORDS: &[(Role, &[&str])] = &[
    (
        Role::RelativeName,
        &[
            "mother",
            "mothers",
            "father",
            "fathers",
            "husband",
            "wife",
            "spouse",
            "guardian",
            "caregiver",
            "caretaker",
            "next of kin",
            "contact person",
            "head of household",
            "household head",
            "parent",
            "mere",
            "pere",
            "epoux",
            "tuteur",
            "chef de menage",
            "mae",
            "pai",
            "madre",
            "padre",
            "marido",
            "tutor",
            "mama",
            "baba",
            "mlezi",
            "mume",
            "الام",
            "الاب",
            "የእናት",
            "የአባት",
            "माता",
            "पिता",
            "पति",
            "ibu",
            "ayah",
        ],
    ),
    (
        Role::BirthDate,
        &[
            "birth",
            "birthdate",
            "dateofbirth",
            "dob",
            "born",
            "birthday",
            "naissance",
            "ddn",
            "nascimento",
            "nacimiento",
            "kuzaliwa",
            "ميلاد",
            "الميلاد",
            "ልደት",
            "የልደት",
            "जन्म",
            "lahir",
            "sinh",
            "জন্ম",
        ],
    ),
    (
        Role::Age,
        &[
            "age",
            "ans",
            "idade",
            "edad",
            "umri",
            "عمر",
            "العمر",
            "ዕድሜ",
            "उम्र",
            "आयु",
            "umur",
            "usia",
            "tuoi",
        ],
    ),
    (
        Role::Sex,
        &[
            "sex",
            "gender",
            "sexe",
            "genre",
            "sexo",
            "genero",
            "jinsia",
            "جنس",
            "الجنس",
            "ፆታ",
            "लिंग",
            "kelamin",
            "gioi tinh",
            "লিঙ্গ",
            "ເພດ",
        ],
    ),
    (
        Role::Phone,
        &[
            "phone",
            "telephone",
            "mobile",
            "cell",
            "cellphone",
            "whatsapp",
            "msisdn",
            "tel",
            "portable",
            "telefone",
            "telemovel",
            "celular",
            "telefono",
            "movil",
            "simu",
            "هاتف",
            "الهاتف",
            "جوال",
            "ስልክ",
            "फोन",
            "मोबाइल",
            "telepon",
            "dien thoai",
            "ফোন",
        ],
    ),
    (
        Role::FamilyName,
        &[
            "last name",
            "lastname",
            "surname",
            "family name",
            "familyname",
            "second name",
            "nom de famille",
            "apelido",
            "sobrenome",
            "apellido",
            "apellidos",
            "ukoo",
            "اسم العايله",
            "العايله",
            "اللقب",
            "कुलनाम",
            "उपनाम",
            "थर",
            "nama keluarga",
        ],
    ),
    (
        Role::GivenName,
        &[
            "first name",
            "firstname",
            "given name",
            "givenname",
            "forename",
            "prenom",
            "prenoms",
            "primeiro nome",
            "nombres",
            "primer nombre",
            "jina la kwanza",
            "الاسم الاول",
            "पहला नाम",
            "nama depan",
        ],
    ),
    (
        Role::Place,
        &[
            "address",
            "village",
            "residence",
            "adresse",
            "quartier",
            "endereco",
            "aldeia",
            "direccion",
            "domicilio",
            "kijiji",
            "anwani",
            "عنوان",
            "العنوان",
            "قريه",
            "አድራሻ",
            "ቀበሌ",
            "पता",
            "गांव",
            "गाउ",
            "alamat",
            "desa",
            "dia chi",
        ],
    ),
    (
        Role::FullName,
        &[
            "name",
            "fullname",
            "full name",
            "middle name",
            "nickname",
            "patient name",
            "nom",
            "noms",
            "nome",
            "nombre",
            "jina",
            "اسم",
            "الاسم",
            "ስም",
            "नाम",
            "nama",
            "ho va ten",
            "নাম",
            "ຊື່",
        ],
    ),
];

/// Folded words that make a name one of something else.
const NO_PERSON: &[&str] = &[
    "facility",
    "school",
    "hospital",
    "clinic",
    "program",
    "programme",
    "district",
    "employer",
    "company",
    "church",
    "ecole",
    "hopital",
    "centre",
    "escola",
    "escuela",
    "shule",
    "kituo",
];

/// Roles of attributes: what is configured, else what value type, uniqueness, names and code suggest.
/// Attributes without a role are left out.
#[must_use]
pub fn roles_of(attributes: &[TrackedEntityAttribute], configured: &Roles) -> Roles {
    attributes
        .iter()
        .filter_map(|attribute| {
            let role = configured.get(&attribute.id).copied().or_else(|| guess(attribute))?;
            (role != Role::Ignored).then_some((attribute.id, role))
        })
        .collect()
}

fn guess(attribute: &TrackedEntityAttribute) -> Option<Role> {
    if attribute.unique {
        return Some(Role::Unique);
    }
    let texts = [
        Some(&attribute.name),
        attribute.form_name.as_ref(),
        attribute.short_name.as_ref(),
        attribute.code.as_ref(),
    ];
    let texts: Vec<String> = texts.into_iter().flatten().map(|text| folded(text)).collect();
    let named = |role: Role| {
        let words = WORDS.iter().filter(move |(found, _)| *found == role);
        let mut words = words.flat_map(|(_, words)| words.iter());
        words.any(|words| texts.iter().any(|text| holds(text, &normalise(words))))
    };
    let is_relative = named(Role::RelativeName);
    if texts.iter().any(|text| NO_PERSON.iter().any(|word| holds(text, word))) {
        return None;
    }
    let guessed = match attribute.value_type {
        ValueType::PhoneNumber => Some(Role::Phone),
        ValueType::Age => Some(Role::BirthDate),
        ValueType::Date => named(Role::BirthDate).then_some(Role::BirthDate),
        ValueType::Integer
        | ValueType::IntegerPositive
        | ValueType::IntegerZeroOrPositive
        | ValueType::Number => [Role::Phone, Role::Age].into_iter().find(|role| named(*role)),
        ValueType::Text | ValueType::LongText if attribute.option_set.is_some() => {
            [Role::Sex, Role::Place].into_iter().find(|role| named(*role))
        }
        ValueType::Text | ValueType::LongText => {
            let roles = [
                Role::Sex,
                Role::Phone,
                Role::FamilyName,
                Role::GivenName,
                Role::Place,
                Role::FullName,
            ];
            roles.into_iter().find(|role| named(*role))
        }
        _ => None,
    };
    match guessed {
        Some(Role::FamilyName | Role::GivenName | Role::FullName) if is_relative => {
            Some(Role::RelativeName)
        }
        // A mother's age or a husband's phone is not the person's.
        Some(Role::Age | Role::BirthDate | Role::Sex) if is_relative => None,
        role => role,
    }
}

/// Folded, with words in camel case taken apart.
fn folded(text: &str) -> String {
    let mut apart = String::with_capacity(text.len() + 8);
    let mut was_small = false;
    for character in text.chars() {
        if was_small && character.is_uppercase() {
            apart.push(' ');
        }
        was_small = character.is_lowercase();
        apart.push(character);
    }
    normalise(&apart)
}

/// Whether the words stand in the text as words.
fn holds(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + words.len()..].chars().next();
        before.is_none_or(|one| one == ' ') && after.is_none_or(|one| one == ' ')
    })
}
