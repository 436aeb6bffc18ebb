/// What can block the completion of a run (C1), by the name that the gate's one definition in Postgres gives it.
package enum BlockerKind: String, CaseIterable, Sendable {
    case noStepCompleted = "no_step_completed"
    case requiredStepOpen = "required_step_open"
    case stepOpen = "step_open"
    case fieldMissing = "field_missing"
    case fieldOutOfRange = "field_out_of_range"
    case signatureStale = "signature_stale"
    case approvalMissing = "approval_missing"
    case requirementUnmet = "requirement_unmet"
    case installationNamesNoUnit = "installation_names_no_unit"
    case unitUnidentified = "unit_unidentified"
    case outsideProcessOpen = "outside_process_open"
    case attributeMissing = "attribute_missing"
    case stepAttributeMissing = "step_attribute_missing"
    case unitAttributeMissing = "unit_attribute_missing"
    // Remarks that the org made gates (C2).
    case openIssue = "open_issue"
    case acceptedDeviation = "accepted_deviation"
    case undoneStep = "undone_step"
    case unmergedRedline = "unmerged_redline"

    /// The part of the review that shows it.
    package var section: Section {
        switch self {
        case .noStepCompleted, .requiredStepOpen, .stepOpen, .undoneStep, .outsideProcessOpen: .steps
        case .fieldMissing, .fieldOutOfRange, .signatureStale, .approvalMissing: .fields
        case .requirementUnmet, .installationNamesNoUnit: .parts
        case .unitUnidentified: .units
        case .attributeMissing, .stepAttributeMissing, .unitAttributeMissing: .attributes
        case .openIssue: .issues
        case .acceptedDeviation: .deviations
        case .unmergedRedline: .redlines
        }
    }
}
