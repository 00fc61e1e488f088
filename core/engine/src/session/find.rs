//! From what a person types (an id, a code, an exact name) to the one thing that is meant.
//!
//! A text that fits several things is an error that lists them; nothing is ever guessed.

use outpost_domain::form::data_set::CellKey;
use outpost_domain::metadata::MetadataKind;
use outpost_domain::uid::{
    CategoryOptionComboUid, DEFAULT_CATEGORY_OPTION_COMBO, DataElementUid, DataSetUid,
    OrganisationUnitUid, ProgramStageUid, ProgramUid, Uid,
};

use super::Session;
use super::bundle::AttributeSplit;
use crate::error::{OutpostError, Result};
use crate::model::{AttributeOptionComboView, FormKind, FormSummary};

/// Candidates named in an error; more are counted.
const CANDIDATES_SHOWN: usize = 8;

/// Something that may be meant.
pub(super) struct Candidate<T> {
    pub id: T,
    pub uid: Uid,
    pub code: Option<String>,
    pub names: Vec<String>,
}

/// How a text may name something, the surest first.
const WAYS: [Way; 3] = [Way::Uid, Way::Code, Way::Name];

#[derive(Clone, Copy)]
enum Way {
    Uid,
    Code,
    Name,
}

impl<T> Candidate<T> {
    fn is_named(&self, way: Way, text: &str) -> bool {
        match way {
            Way::Uid => self.uid.as_str() == text,
            Way::Code => self.code.as_deref() == Some(text),
            Way::Name => self.names.iter().any(|name| name == text),
        }
    }
}

/// The one candidate whose id, else code, else name is the text.
pub(super) fn pick<T: Clone>(kind: &str, text: &str, candidates: &[Candidate<T>]) -> Result<T> {
    for way in WAYS {
        let found: Vec<_> = candidates.iter().filter(|it| it.is_named(way, text)).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok(one.id.clone()),
            several => return Err(ambiguous(kind, several)),
        }
    }
    Err(OutpostError::not_found(kind, text))
}

fn ambiguous<T>(kind: &str, found: &[&Candidate<T>]) -> OutpostError {
    let shown = found.iter().take(CANDIDATES_SHOWN).map(|it| {
        let name = it.names.first().map(String::as_str).unwrap_or_default();
        format!("{} ({name})", it.uid)
    });
    let shown = shown.collect::<Vec<_>>().join(", ");
    let more = match found.len().checked_sub(CANDIDATES_SHOWN) {
        Some(more) if more > 0 => format!(" and {more} more"),
        _ => String::new(),
    };
    let reason = format!("it fits several; give the id of the one that is meant: {shown}{more}");
    OutpostError::invalid(kind, "ambiguous", reason)
}

impl Session {
    /// The form that is meant by an id, code or exact name.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it fits several; storage errors.
    pub fn find_form(&self, kind: Option<FormKind>, text: &str) -> Result<FormSummary> {
        let forms = self.forms()?;
        let forms = forms.into_iter().filter(|form| kind.is_none_or(|kind| form.kind == kind));
        let mut candidates = Vec::new();
        for form in forms {
            let kind = match form.kind {
                FormKind::DataSet => MetadataKind::DataSet,
                FormKind::EventProgram => MetadataKind::Program,
            };
            let code = self.code_of(kind, form.uid)?;
            let (uid, names) = (form.uid, vec![form.name.clone()]);
            candidates.push(Candidate { id: form, uid, code, names });
        }
        let word = match kind {
            Some(FormKind::DataSet) => "data set",
            Some(FormKind::EventProgram) => "event program",
            None => "form",
        };
        pick(word, text, &candidates)
    }

    /// The place that is meant by an id, code or exact name.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it fits several; storage errors.
    pub fn find_organisation_unit(&self, text: &str) -> Result<OrganisationUnitUid> {
        let kind = MetadataKind::OrganisationUnit;
        if let Ok(uid) = Uid::parse(text)
            && self.store().load_object(kind, uid)?.is_some()
        {
            return Ok(OrganisationUnitUid(uid));
        }
        let found = self.rows_named(kind, text)?;
        let candidates: Vec<_> = found
            .into_iter()
            .map(|object| Candidate {
                id: OrganisationUnitUid(object.uid),
                uid: object.uid,
                code: object.code,
                names: vec![object.name],
            })
            .collect();
        pick("organisation unit", text, &candidates)
    }

    /// The attribute option combo of a form that is meant; the default one without a text.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it fits several or the form is split and none was given.
    pub fn find_attribute_option_combo(
        &self,
        form: Uid,
        text: Option<&str>,
    ) -> Result<CategoryOptionComboUid> {
        let split = self.attribute_split(form)?;
        let combos = &split.combo.category_option_combos;
        let Some(text) = text else {
            return match combos.as_slice() {
                [only] => Ok(only.id),
                [] => Ok(default_combo()),
                several => match several.iter().find(|it| it.id == default_combo()) {
                    Some(default) => Ok(default.id),
                    None => Err(OutpostError::invalid(
                        "attribute option combo",
                        "missing",
                        "this form is split; say which attribute option combo is meant",
                    )),
                },
            };
        };
        let candidates: Vec<_> = combos
            .iter()
            .map(|it| Candidate {
                id: it.id,
                uid: it.id.0,
                code: None,
                names: vec![it.name.clone()],
            })
            .collect();
        pick("attribute option combo", text, &candidates)
    }

    /// The attribute option combos of a form that the user may see, by name.
    ///
    /// # Errors
    /// `NotFound`; storage errors.
    pub fn attribute_option_combos(&self, form: Uid) -> Result<Vec<AttributeOptionComboView>> {
        let split = self.attribute_split(form)?;
        if split.combo.is_default {
            let (uid, name) = (default_combo(), String::new());
            return Ok(vec![AttributeOptionComboView { uid, name, writable: true }]);
        }
        let mut views = Vec::new();
        for combo in split.combo.category_option_combos {
            let options = combo.category_options.iter().map(|option| split.options.get(option));
            // An option that is not on the device is hidden from the user.
            let Some(options) = options.collect::<Option<Vec<_>>>() else { continue };
            let writable = options.iter().all(|option| option.access.write);
            views.push(AttributeOptionComboView { uid: combo.id, name: combo.name, writable });
        }
        views.sort_by(|a, b| (&a.name, a.uid).cmp(&(&b.name, b.uid)));
        Ok(views)
    }

    fn attribute_split(&self, form: Uid) -> Result<AttributeSplit> {
        match self.data_set_bundle(DataSetUid(form)) {
            Ok(bundle) => Ok(bundle.attribute.clone()),
            Err(OutpostError::NotFound { .. }) => {
                let program = ProgramUid(form);
                let bundle = self.event_bundle(program, self.find_stage(program, None)?)?;
                Ok(bundle.attribute.clone())
            }
            Err(error) => Err(error),
        }
    }

    /// The cell that is meant by `DE` or `DE.COC`: ids, codes or exact names.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it fits several or the element is split and no cell was given.
    pub fn find_cell(&self, data_set: DataSetUid, text: &str) -> Result<CellKey> {
        let bundle = self.data_set_bundle(data_set)?;
        let rows: Vec<_> = bundle
            .form
            .rows()
            .map(|row| question(row.data_element, &row.name, &bundle.data_elements))
            .collect();
        let whole = pick("question", text, &rows);
        if let Ok(data_element) = whole {
            return only_cell(&bundle.form, data_element);
        }
        // Names may hold dots: every split is tried, the first with a known element counts.
        for (at, _) in text.match_indices('.') {
            if let Ok(data_element) = pick("question", &text[..at], &rows) {
                return cell_of(&bundle.form, data_element, &text[at + 1..]);
            }
        }
        only_cell(&bundle.form, whole?)
    }

    /// The question of a stage that is meant by an id, code or exact name.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it fits several; storage errors.
    pub fn find_question(
        &self,
        program: ProgramUid,
        stage: ProgramStageUid,
        text: &str,
    ) -> Result<DataElementUid> {
        let bundle = self.event_bundle(program, stage)?;
        let fields: Vec<_> = bundle
            .form
            .fields()
            .map(|field| question(field.data_element, &field.name, &bundle.data_elements))
            .collect();
        pick("question", text, &fields)
    }

    /// The stage that is meant by an id, code or exact name; the only one without a text.
    ///
    /// # Errors
    /// `NotFound`; `InvalidInput` if it fits several, or there are several and none was given.
    pub fn find_stage(&self, program: ProgramUid, text: Option<&str>) -> Result<ProgramStageUid> {
        let stages = super::bundle::load_stages(self.store(), program)?;
        let candidates: Vec<_> = stages
            .iter()
            .map(|it| Candidate {
                id: it.id,
                uid: it.id.0,
                code: None,
                names: vec![it.name.clone()],
            })
            .collect();
        match (text, candidates.as_slice()) {
            (Some(text), _) => pick("program stage", text, &candidates),
            (None, [only]) => Ok(only.id),
            (None, []) => Err(OutpostError::not_found("program stage", program)),
            (None, several) => Err(ambiguous("stage", &several.iter().collect::<Vec<_>>())),
        }
    }
}

fn question(
    id: DataElementUid,
    form_name: &str,
    elements: &std::collections::BTreeMap<DataElementUid, outpost_domain::metadata::DataElement>,
) -> Candidate<DataElementUid> {
    let element = elements.get(&id);
    let mut names = vec![form_name.to_owned()];
    names.extend(element.map(|element| element.name.clone()));
    Candidate { id, uid: id.0, code: element.and_then(|element| element.code.clone()), names }
}

fn default_combo() -> CategoryOptionComboUid {
    CategoryOptionComboUid::parse(DEFAULT_CATEGORY_OPTION_COMBO).expect("the constant is a uid")
}

type Form = outpost_domain::form::data_set::DataSetForm;

/// The columns of an element with their names.
fn columns(form: &Form, id: DataElementUid) -> Vec<Candidate<CategoryOptionComboUid>> {
    let tables = form.sections.iter().flat_map(|section| &section.tables);
    let table = tables.into_iter().find(|it| it.rows.iter().any(|row| row.data_element == id));
    let columns = table.into_iter().flat_map(|table| &table.columns);
    columns
        .map(|column| Candidate {
            id: column.category_option_combo,
            uid: column.category_option_combo.0,
            code: None,
            names: vec![column.name.clone()],
        })
        .collect()
}

fn only_cell(form: &Form, data_element: DataElementUid) -> Result<CellKey> {
    let columns = columns(form, data_element);
    let default = columns.iter().find(|column| column.id == default_combo());
    match (columns.as_slice(), default) {
        ([only], _) | (_, Some(only)) => {
            Ok(CellKey { data_element, category_option_combo: only.id })
        }
        ([], None) => Err(OutpostError::not_found("cell of question", data_element)),
        (several, None) => Err(ambiguous("cell", &several.iter().collect::<Vec<_>>())),
    }
}

fn cell_of(form: &Form, data_element: DataElementUid, text: &str) -> Result<CellKey> {
    let category_option_combo = pick("cell", text, &columns(form, data_element))?;
    Ok(CellKey { data_element, category_option_combo })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates() -> Vec<Candidate<u32>> {
        let candidate = |id, uid: &str, code: Option<&str>, name: &str| Candidate {
            id,
            uid: Uid::parse(uid).expect("a uid"),
            code: code.map(str::to_owned),
            names: vec![name.to_owned()],
        };
        vec![
            candidate(1, "a0000000001", Some("MAL"), "Malaria"),
            candidate(2, "a0000000002", None, "Fever"),
            candidate(3, "a0000000003", Some("Fever"), "Other"),
            candidate(4, "a0000000004", None, "Twin"),
            candidate(5, "a0000000005", None, "Twin"),
        ]
    }

    #[track_caller]
    fn check(text: &str, expected: std::result::Result<u32, &str>) {
        let found = pick("question", text, &candidates());
        assert_eq!(found.as_ref().map(|id| *id).map_err(OutpostError::kind), expected, "{text}");
    }

    #[test]
    fn an_id_comes_before_a_code_and_a_code_before_a_name() {
        check("a0000000002", Ok(2));
        check("MAL", Ok(1));
        check("Malaria", Ok(1));
        check("Fever", Ok(3));
        check("malaria", Err("not_found"));
    }

    #[test]
    fn a_name_of_two_things_is_an_error_that_lists_them() {
        check("Twin", Err("invalid_input"));
        let error = pick("question", "Twin", &candidates()).expect_err("two").to_string();
        assert!(error.contains("a0000000004 (Twin), a0000000005 (Twin)"), "{error}");
    }
}
