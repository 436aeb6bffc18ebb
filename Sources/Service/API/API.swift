/// Every route of the service. Their values are all that router, validation and OpenAPI document know.
enum API {
    static let endpoints: [Endpoint] = routes + PageFiles.endpoints

    /// The routes that the document describes.
    static let routes: [Endpoint] =
        Identity.endpoints + Users.endpoints + Locations.endpoints + Tools.endpoints + Parts.endpoints
        + BillsOfMaterials.endpoints
        + Inventory.endpoints + InventoryActs.endpoints + Genealogy.endpoints
        + Procedures.endpoints + Runs.endpoints + Splits.endpoints + Batches.endpoints + Steps.endpoints
        + StepMoves.endpoints
        + Schedule.endpoints + Timeline.endpoints + Plans.endpoints + RunSupplies.endpoints + [
            Rollups.endpoint, RollupProjection.endpoint, RunTimeline.endpoint,
        ] + WorkCalendars.endpoints
        + Redlines.endpoints
        + RedlineApprovals.endpoints
        + RedlineMerges.endpoints
        + RedlineApplications.endpoints
        + Org.endpoints + Assignments.endpoints + Signatures.endpoints + ApprovalDelegations.endpoints
        + Labor.endpoints + LaborCost.endpoints
        + Suppliers.endpoints + PurchaseOrders.endpoints + OutsideProcesses.endpoints
        + Dispositions.endpoints + Issues.endpoints + RequirementExceptions.endpoints
        + AttributeDefinitions.endpoints
        + AsOf.endpoints + [Refusals.endpoint, HistorySeals.endpoint]
        + Attachments.endpoints
        + Exports.endpoints + Imports.endpoints
        + Reference.endpoints
        + Operations.endpoints
}
