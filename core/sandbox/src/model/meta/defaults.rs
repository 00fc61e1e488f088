//! What DHIS2 answers for a member that a package left out.
//!
//! Taken from what a 2.42.4 answered for objects whose package did not name the member (captures
//! m030 to
//! m054, m064e, 11 to 18). Data only.

use std::sync::OnceLock;

use serde_json::{Map, Value};

const DEFAULTS: &str = r#"{
"dataElements": {"zeroIsSignificant": false, "aggregationType": "NONE", "domainType": "AGGREGATE",
  "legendSets": [], "aggregationLevels": [], "dimensionItemType": "DATA_ELEMENT",
  "optionSetValue": false, "dataElementGroups": [], "categoryCombo": {"id": "bjDvmb4bfuf"}},
"dataSets": {"dataInputPeriods": [],
  "compulsoryDataElementOperands": [], "expiryDays": 0.0, "timelyDays": 15.0,
  "fieldCombinationRequired": false, "validCompleteOnly": false, "noValueRequiresComment": false,
  "compulsoryFieldsCompleteOnly": false, "openFuturePeriods": 0, "legendSets": [],
  "indicators": [], "mobile": false, "notifyCompletingUser": false,
  "openPeriodsAfterCoEndDate": 0, "skipOffline": false, "dataElementDecoration": false,
  "renderAsTabs": false, "renderHorizontally": false, "organisationUnits": [],
  "dataSetElements": [], "sections": [], "dimensionItemType": "REPORTING_RATE",
  "interpretations": [], "categoryCombo": {"id": "bjDvmb4bfuf"}},
"sections": {"dataElements": [], "greyedFields": [], "indicators": [], "sortOrder": 0,
  "showRowTotals": false, "showColumnTotals": false, "disableDataElementAutoGroup": false},
"categoryCombos": {"categoryOptionCombos": [], "isDefault": false, "skipTotal": false,
  "categories": [], "dataDimensionType": "DISAGGREGATION"},
"categories": {"categoryOptions": [], "dataDimension": false,
  "dataDimensionType": "DISAGGREGATION", "categoryCombos": []},
"categoryOptions": {"organisationUnits": [], "isDefault": false},
"categoryOptionCombos": {"categoryOptions": [], "ignoreApproval": false},
"optionSets": {"version": 1, "options": []},
"options": {},
"programs": {"onlyEnrollOnce": false, "programTrackedEntityAttributes": [], "expiryDays": 0,
  "completeEventsExpiryDays": 0, "displayIncidentDate": true, "minAttributesRequiredToSearch": 1,
  "maxTeiCountToReturn": 0, "version": 0, "accessLevel": "OPEN", "organisationUnits": [],
  "programStages": [], "programRuleVariables": [], "programSections": [],
  "programIndicators": [], "selectEnrollmentDatesInFuture": false,
  "selectIncidentDatesInFuture": false, "skipOffline": false,
  "displayFrontPageList": false, "useFirstStageDuringRegistration": false,
  "ignoreOverdueEvents": false, "openDaysAfterCoEndDate": 0, "featureType": "NONE",
  "notificationTemplates": [], "userRoles": [], "categoryMappings": [],
  "categoryCombo": {"id": "bjDvmb4bfuf"}},
"programStages": {"autoGenerateEvent": true, "validationStrategy": "ON_COMPLETE",
  "blockEntryForm": false, "enableUserAssignment": false, "programStageSections": [],
  "programStageDataElements": [], "repeatable": false, "minDaysFromStart": 0,
  "displayGenerateEventBox": true, "generatedByEnrollmentDate": false, "hideDueDate": false,
  "openAfterEnrollment": false, "preGenerateUID": false, "remindCompleted": false,
  "allowGenerateNextVisit": false, "referral": false, "notificationTemplates": [],
  "formType": "DEFAULT", "sortOrder": 0},
"programStageSections": {"dataElements": [], "programIndicators": [], "sortOrder": 0},
"programSections": {"trackedEntityAttributes": [], "sortOrder": 0},
"trackedEntityAttributes": {"confidential": false, "orgunitScope": false, "unique": false,
  "generated": false, "pattern": "", "inherit": false, "skipSynchronization": false,
  "displayInListNoProgram": false, "displayOnVisitSchedule": false, "optionSetValue": false,
  "legendSets": [], "dimensionItemType": "PROGRAM_ATTRIBUTE"},
"trackedEntityTypes": {"trackedEntityTypeAttributes": [], "featureType": "NONE",
  "minAttributesRequiredToSearch": 1, "maxTeiCountToReturn": 0, "allowAuditLog": false},
"programRules": {"programRuleActions": []},
"programRuleVariables": {"useCodeForOptionSet": false},
"relationshipTypes": {"bidirectional": false, "referral": false},
"validationRules": {"skipFormValidation": false, "organisationUnitLevels": []},
"dataApprovalWorkflows": {"dataSets": [], "dataApprovalLevels": []},
"trackedEntityInstanceFilters": {"sortOrder": 0, "eventFilters": []},
"userGroups": {"users": [], "managedGroups": [], "managedByGroups": []},
"userRoles": {"authorities": [], "users": [], "restrictions": []},
"users": {"userRoles": [], "organisationUnits": [], "teiSearchOrganisationUnits": [],
  "dataViewOrganisationUnits": [], "emailVerified": false, "disabled": false,
  "externalAuth": false, "invitation": false, "selfRegistered": false,
  "cogsDimensionConstraints": [], "catDimensionConstraints": []},
"organisationUnits": {},
"constants": {}, "legendSets": {"legends": []}, "indicators": {"annualized": false},
"programIndicators": {"aggregationType": "NONE", "analyticsType": "EVENT",
  "displayInForm": false}
}"#;

/// Members that every identifiable object has.
const COMMON: &str = r#"{"translations": [], "favorites": [], "favorite": false,
  "attributeValues": []}"#;

fn table() -> &'static Map<String, Value> {
    static TABLE: OnceLock<Map<String, Value>> = OnceLock::new();
    TABLE.get_or_init(|| serde_json::from_str(DEFAULTS).unwrap_or_default())
}

/// The members common to all types.
pub fn common() -> &'static Map<String, Value> {
    static TABLE: OnceLock<Map<String, Value>> = OnceLock::new();
    TABLE.get_or_init(|| serde_json::from_str(COMMON).unwrap_or_default())
}

/// The defaults of a type; empty if it has none.
pub fn of(plural: &str) -> &'static Map<String, Value> {
    static NONE: OnceLock<Map<String, Value>> = OnceLock::new();
    match table().get(plural) {
        Some(Value::Object(members)) => members,
        _ => NONE.get_or_init(Map::new),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_tables_are_valid_json() {
        assert!(!super::of("dataElements").is_empty());
        assert!(!super::common().is_empty());
    }
}
