package import RunModel

extension SplitFacts {
    /// One line of what must be installed. Quantities are in the part's unit.
    package struct Requirement: Equatable, Sendable, Decodable {
        package var id: String
        package var partNumber: String
        package var revision: String
        package var unit: String
        package var quantityPerUnit: Quantity
        /// What is installed in named units that stay (X4).
        package var installedKept: Quantity
        /// What is installed in named units that are split off.
        package var installedSplit: Quantity

        enum CodingKeys: String, CodingKey {
            case id, revision, unit
            case partNumber = "part_number"
            case quantityPerUnit = "quantity_per_unit"
            case installedKept = "installed_kept"
            case installedSplit = "installed_split"
        }

        package init(
            id: String,
            partNumber: String = "",
            revision: String = "",
            unit: String = "each",
            quantityPerUnit: Quantity,
            installedKept: Quantity = .zero,
            installedSplit: Quantity = .zero
        ) {
            self.id = id
            self.partNumber = partNumber
            self.revision = revision
            self.unit = unit
            self.quantityPerUnit = quantityPerUnit
            self.installedKept = installedKept
            self.installedSplit = installedSplit
        }
    }

    /// An installation that may be in any of the units: the split makes it shared, or leaves it so.
    package struct WholeInstallation: Equatable, Sendable, Decodable {
        package var id: String
        package var requirementID: String
        package var partNumber: String
        package var serialNumber: String?
        package var lotNumber: String?
        package var quantity: Quantity
        /// The groups that share it now, this one too; nil among them stands for the run's own units. Empty when it is this
        /// group's alone.
        package var groups: [String?]

        enum CodingKeys: String, CodingKey {
            case id, quantity, groups
            case requirementID = "build_requirement_id"
            case partNumber = "part_number"
            case serialNumber = "serial_number"
            case lotNumber = "lot_number"
        }

        package init(
            id: String,
            requirementID: String,
            partNumber: String = "",
            serialNumber: String? = nil,
            lotNumber: String? = nil,
            quantity: Quantity,
            groups: [String?] = []
        ) {
            self.id = id
            self.requirementID = requirementID
            self.partNumber = partNumber
            self.serialNumber = serialNumber
            self.lotNumber = lotNumber
            self.quantity = quantity
            self.groups = groups
        }
    }

    /// The same line of another group that shares an installation of it.
    package struct SharingRequirement: Equatable, Sendable, Decodable {
        /// The line of the group that is split.
        package var requirementID: String
        /// Nil for the run's own units.
        package var splitID: String?
        package var needed: Quantity
        /// What is installed there and nowhere else.
        package var installed: Quantity
        package var excepted: Quantity

        enum CodingKeys: String, CodingKey {
            case needed, installed, excepted
            case requirementID = "build_requirement_id"
            case splitID = "split_id"
        }

        package init(
            requirementID: String,
            splitID: String?,
            needed: Quantity,
            installed: Quantity,
            excepted: Quantity
        ) {
            self.requirementID = requirementID
            self.splitID = splitID
            self.needed = needed
            self.installed = installed
            self.excepted = excepted
        }
    }

    /// A shared installation of the same line that can't be this group's.
    package struct SharedElsewhere: Equatable, Sendable, Decodable {
        /// The line of the group that is split.
        package var requirementID: String
        package var quantity: Quantity
        /// The groups that share it.
        package var groups: [String?]

        enum CodingKeys: String, CodingKey {
            case quantity, groups
            case requirementID = "build_requirement_id"
        }

        package init(requirementID: String, quantity: Quantity, groups: [String?]) {
            self.requirementID = requirementID
            self.quantity = quantity
            self.groups = groups
        }
    }

    /// What an issue excepts of a requirement.
    package struct Exception: Equatable, Sendable, Decodable {
        package var id: String
        package var requirementID: String
        package var quantity: Quantity

        enum CodingKeys: String, CodingKey {
            case id, quantity
            case requirementID = "build_requirement_id"
        }

        package init(id: String, requirementID: String, quantity: Quantity) {
            self.id = id
            self.requirementID = requirementID
            self.quantity = quantity
        }
    }

    /// A row of stock that is kept for the group.
    package struct ReservedRow: Equatable, Sendable, Decodable {
        package var inventoryID: String
        package var partID: String
        package var partNumber: String
        package var serialNumber: String?
        package var quantity: Quantity

        enum CodingKeys: String, CodingKey {
            case quantity
            case inventoryID = "part_inventory_id"
            case partID = "part_id"
            case partNumber = "part_number"
            case serialNumber = "serial_number"
        }

        package init(
            inventoryID: String,
            partID: String,
            partNumber: String = "",
            serialNumber: String? = nil,
            quantity: Quantity
        ) {
            self.inventoryID = inventoryID
            self.partID = partID
            self.partNumber = partNumber
            self.serialNumber = serialNumber
            self.quantity = quantity
        }
    }
}
