//! What is asked for of each metadata type, and how many objects at a time.
//!
//! Forms of this release need less than half of it; the rest is what rules, indicators, legends and
//! tracker programs will need, so that a later release finds it on the phone and asks for nothing
//! anew. Geometry of organisation units is left out: polygons of districts weigh more than all the
//! rest.

use outpost_domain::metadata::MetadataKind;

use crate::limits::{
    PAGE_ASSIGNED, PAGE_CATEGORY_OPTIONS, PAGE_OBJECTS, PAGE_OPTIONS, PAGE_ORGANISATION_UNITS,
};

/// The `fields=` of a list, without spaces. Unknown names are ignored by every server (capture
/// m064), so one text serves all versions.
#[must_use]
pub const fn fields(kind: MetadataKind) -> &'static str {
    match kind {
        MetadataKind::OrganisationUnitLevel => "id,lastUpdated,displayName,level,offlineLevels",
        MetadataKind::OrganisationUnit => {
            "id,code,lastUpdated,displayName,path,level,parent[id],openingDate,closedDate"
        }
        MetadataKind::CategoryOption => {
            "id,code,lastUpdated,displayName,startDate,endDate,access[data[read,write]],\
             organisationUnits[id]"
        }
        MetadataKind::Category => {
            "id,code,lastUpdated,displayName,dataDimensionType,categoryOptions[id]"
        }
        MetadataKind::CategoryCombo => {
            "id,code,lastUpdated,displayName,name,isDefault,categories[id]"
        }
        MetadataKind::CategoryOptionCombo => {
            "id,code,lastUpdated,displayName,categoryCombo[id],categoryOptions[id]"
        }
        MetadataKind::OptionSet => "id,code,lastUpdated,displayName,version,valueType",
        MetadataKind::Option => {
            "id,code,lastUpdated,displayName,sortOrder,optionSet[id],style[color,icon]"
        }
        MetadataKind::OptionGroup => "id,code,lastUpdated,displayName,optionSet[id],options[id]",
        MetadataKind::LegendSet => {
            "id,code,lastUpdated,displayName,legends[id,displayName,startValue,endValue,color]"
        }
        MetadataKind::DataElement => DATA_ELEMENT,
        MetadataKind::DataSet => DATA_SET,
        MetadataKind::Section => {
            "id,code,lastUpdated,displayName,displayDescription,description,sortOrder,dataSet[id],\
             dataElements[id],indicators[id],\
             greyedFields[dataElement[id],categoryOptionCombo[id]],showRowTotals,\
             showColumnTotals,disableDataElementAutoGroup,displayOptions"
        }
        MetadataKind::IndicatorType => "id,lastUpdated,displayName,number,factor",
        MetadataKind::Indicator => {
            "id,code,lastUpdated,displayName,displayShortName,displayDescription,annualized,\
             indicatorType[id],numerator,displayNumeratorDescription,denominator,\
             displayDenominatorDescription,decimals,url,legendSets[id],style[color,icon]"
        }
        MetadataKind::ValidationRule => {
            "id,code,lastUpdated,displayName,displayInstruction,instruction,displayDescription,\
             importance,operator,periodType,skipFormValidation,organisationUnitLevels,\
             leftSide[expression,displayDescription,description,missingValueStrategy,\
             slidingWindow],rightSide[expression,displayDescription,description,\
             missingValueStrategy,slidingWindow]"
        }
        _ => tracker_fields(kind),
    }
}

const DATA_ELEMENT: &str = "id,code,lastUpdated,displayName,displayFormName,displayShortName,\
    displayDescription,valueType,domainType,aggregationType,zeroIsSignificant,optionSet[id],\
    commentOptionSet[id],categoryCombo[id],fieldMask,url,legendSets[id],style[color,icon],\
    valueTypeOptions,attributeValues[value,attribute[id]]";

const DATA_SET: &str = "id,code,lastUpdated,displayName,displayShortName,displayDescription,\
    periodType,categoryCombo[id],dataSetElements[dataElement[id],categoryCombo[id]],\
    sections[id],indicators[id],\
    compulsoryDataElementOperands[dataElement[id],categoryOptionCombo[id]],\
    compulsoryFieldsCompleteOnly,validCompleteOnly,noValueRequiresComment,\
    fieldCombinationRequired,dataInputPeriods[period[id],openingDate,closingDate],expiryDays,\
    openFuturePeriods,openPeriodsAfterCoEndDate,timelyDays,version,mobile,skipOffline,\
    dataElementDecoration,renderAsTabs,renderHorizontally,formType,displayOptions,workflow[id],\
    style[color,icon],access[data[read,write]],organisationUnits[id]";

const PROGRAM: &str = "id,code,lastUpdated,displayName,displayShortName,displayDescription,\
    version,programType,categoryCombo[id],enrollmentCategoryCombo[id],programStages[id],\
    expiryDays,expiryPeriodType,completeEventsExpiryDays,openDaysAfterCoEndDate,\
    trackedEntityType[id],accessLevel,onlyEnrollOnce,displayIncidentDate,\
    displayEnrollmentDateLabel,enrollmentDateLabel,displayIncidentDateLabel,incidentDateLabel,\
    displayEventLabel,eventLabel,displayProgramStageLabel,programStageLabel,\
    selectEnrollmentDatesInFuture,selectIncidentDatesInFuture,ignoreOverdueEvents,\
    useFirstStageDuringRegistration,displayFrontPageList,minAttributesRequiredToSearch,\
    maxTeiCountToReturn,featureType,relatedProgram[id],style[color,icon],\
    programTrackedEntityAttributes[id,trackedEntityAttribute[id],mandatory,\
    allowFutureDate,displayInList,searchable,sortOrder,renderType],\
    programSections[id,code,displayName,displayDescription,sortOrder,\
    trackedEntityAttributes[id],renderType],\
    access[data[read,write]],organisationUnits[id]";

const PROGRAM_STAGE: &str = "id,code,lastUpdated,displayName,displayDescription,program[id],\
    sortOrder,executionDateLabel,displayExecutionDateLabel,dueDateLabel,displayDueDateLabel,\
    displayEventLabel,eventLabel,validationStrategy,featureType,blockEntryForm,\
    enableUserAssignment,repeatable,autoGenerateEvent,generatedByEnrollmentDate,\
    openAfterEnrollment,\
    reportDateToUse,minDaysFromStart,standardInterval,nextScheduleDate[id],periodType,\
    hideDueDate,remindCompleted,allowGenerateNextVisit,formType,style[color,icon],\
    programStageDataElements[id,dataElement[id],compulsory,allowFutureDate,\
    allowProvidedElsewhere,displayInReports,sortOrder,renderType],programStageSections[id],\
    access[data[read,write]]";

const fn tracker_fields(kind: MetadataKind) -> &'static str {
    match kind {
        MetadataKind::TrackedEntityAttribute => {
            "id,code,lastUpdated,displayName,displayFormName,displayShortName,\
             displayDescription,valueType,unique,orgunitScope,generated,pattern,inherit,\
             confidential,optionSet[id],fieldMask,formName,sortOrderInListNoProgram,\
             displayInListNoProgram,minCharactersToSearch,blockedSearchOperators,\
             preferredSearchOperator,legendSets[id],style[color,icon]"
        }
        MetadataKind::TrackedEntityType => {
            "id,code,lastUpdated,displayName,displayDescription,featureType,\
             minAttributesRequiredToSearch,maxTeiCountToReturn,style[color,icon],\
             trackedEntityTypeAttributes[trackedEntityAttribute[id],displayInList,mandatory,\
             searchable],access[data[read,write]]"
        }
        MetadataKind::Program => PROGRAM,
        MetadataKind::ProgramStage => PROGRAM_STAGE,
        MetadataKind::ProgramStageSection => {
            "id,code,lastUpdated,displayName,displayDescription,description,sortOrder,\
             programStage[id],dataElements[id],programIndicators[id],renderType"
        }
        MetadataKind::ProgramRuleVariable => {
            "id,code,lastUpdated,displayName,name,program[id],programStage[id],\
             programRuleVariableSourceType,dataElement[id],trackedEntityAttribute[id],\
             useCodeForOptionSet,valueType"
        }
        MetadataKind::ProgramRule => {
            "id,code,lastUpdated,displayName,name,program[id],programStage[id],priority,\
             condition,programRuleActions[id]"
        }
        MetadataKind::ProgramRuleAction => {
            "id,code,lastUpdated,programRule[id],programRuleActionType,content,displayContent,\
             data,location,priority,evaluationTime,dataElement[id],trackedEntityAttribute[id],\
             programIndicator[id],programStage[id],programStageSection[id],option[id],\
             optionGroup[id]"
        }
        MetadataKind::ProgramIndicator => {
            "id,code,lastUpdated,displayName,displayShortName,displayDescription,program[id],\
             displayInForm,expression,filter,aggregationType,analyticsType,decimals,dimensionItem,\
             analyticsPeriodBoundaries[id,analyticsPeriodBoundaryType,boundaryTarget,\
             offsetPeriods,offsetPeriodType],legendSets[id],style[color,icon]"
        }
        MetadataKind::Constant => "id,code,lastUpdated,displayName,name,value",
        MetadataKind::Attribute => "id,code,lastUpdated,displayName,valueType,unique,mandatory",
        MetadataKind::OrganisationUnitGroup => {
            "id,code,lastUpdated,displayName,displayShortName,organisationUnits[id]"
        }
        MetadataKind::RelationshipType => {
            "id,code,lastUpdated,displayName,bidirectional,displayFromToName,fromToName,\
             displayToFromName,toFromName,fromConstraint[relationshipEntity,trackedEntityType[id],\
             program[id],programStage[id],trackerDataView[attributes,dataElements]],\
             toConstraint[relationshipEntity,trackedEntityType[id],program[id],\
             programStage[id],trackerDataView[attributes,dataElements]],\
             access[data[read,write]]"
        }
        _ => "id,code,lastUpdated,displayName",
    }
}

/// How many objects to ask for at a time.
#[must_use]
pub const fn page_size(kind: MetadataKind) -> u32 {
    match kind {
        MetadataKind::OrganisationUnit => PAGE_ORGANISATION_UNITS,
        MetadataKind::Option => PAGE_OPTIONS,
        MetadataKind::CategoryOption => PAGE_CATEGORY_OPTIONS,
        MetadataKind::DataSet | MetadataKind::Program | MetadataKind::OrganisationUnitGroup => {
            PAGE_ASSIGNED
        }
        _ => PAGE_OBJECTS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_list_asks_for_what_pages_are_read_by() {
        for kind in MetadataKind::ALL {
            let fields = fields(kind);
            assert!(fields.starts_with("id,"), "{kind:?}");
            assert!(fields.contains("lastUpdated"), "{kind:?}");
            assert!(!fields.contains(char::is_whitespace), "{kind:?}: {fields}");
            assert_eq!(fields.matches('[').count(), fields.matches(']').count(), "{kind:?}");
            assert!((1..=2_000).contains(&page_size(kind)));
        }
    }

    #[test]
    fn no_request_line_comes_near_the_limit_of_tomcat() {
        // 8,000 bytes is safe, about 9,600 is refused with HTML (capture m060d); brackets and
        // commas may be percent-encoded to three bytes.
        for kind in MetadataKind::ALL {
            let text = fields(kind);
            let special = text.matches(['[', ']', ',']).count();
            assert!(text.len() + 2 * special < 4_000, "{kind:?}");
        }
    }
}
