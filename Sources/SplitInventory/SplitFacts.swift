package import RunModel

/// All that a split is planned from: a run, or a group of its units, as a transaction saw it, and the units that the request
/// takes off it. As `traveler.split_facts` tells it.
package struct SplitFacts: Equatable, Sendable, Decodable {
    package var run: Run
    package var from: Group
    /// The number that the next group of the run gets.
    package var nextNumber: Int
    /// The units that are split off, by name; empty when the run's part is not serialized.
    package var units: [Unit]
    /// How many units are split off.
    package var quantity: Quantity
    /// The steps that they have passed (X9).
    package var passedSteps: [PassedStep]
    package var requirements: [Requirement]
    /// The live installations that name no unit (X4).
    package var whole: [WholeInstallation]
    /// The live exceptions of these requirements (B5).
    package var exceptions: [Exception]
    /// What is reserved for the run, or for the group that is split (X6).
    package var reserved: [ReservedRow]
    /// The same requirements of the other groups that share an installation with this one (X3).
    package var sharing: [SharingRequirement]
    /// What those share among themselves, and this one does not.
    package var elsewhere: [SharedElsewhere]

    enum CodingKeys: String, CodingKey {
        case run, from, units, quantity, requirements, whole, exceptions, reserved, sharing, elsewhere
        case nextNumber = "next_number"
        case passedSteps = "passed_steps"
    }

    package init(
        run: Run,
        from: Group,
        nextNumber: Int = 1,
        units: [Unit] = [],
        quantity: Quantity,
        passedSteps: [PassedStep] = [],
        requirements: [Requirement] = [],
        whole: [WholeInstallation] = [],
        exceptions: [Exception] = [],
        reserved: [ReservedRow] = [],
        sharing: [SharingRequirement] = [],
        elsewhere: [SharedElsewhere] = []
    ) {
        self.run = run
        self.from = from
        self.nextNumber = nextNumber
        self.units = units
        self.quantity = quantity
        self.passedSteps = passedSteps
        self.requirements = requirements
        self.whole = whole
        self.exceptions = exceptions
        self.reserved = reserved
        self.sharing = sharing
        self.elsewhere = elsewhere
    }

    /// The run whose units are split.
    package struct Run: Equatable, Sendable, Decodable {
        package var id: String
        package var number: Int

        package init(id: String, number: Int) {
            self.id = id
            self.number = number
        }
    }

    /// What is split: the run's own units, or a group that was split off before.
    package struct Group: Equatable, Sendable, Decodable {
        /// Nil for the run's own units.
        package var splitID: String?
        /// How many units it has.
        package var quantity: Quantity

        enum CodingKeys: String, CodingKey {
            case quantity
            case splitID = "split_id"
        }

        package init(splitID: String? = nil, quantity: Quantity) {
            self.splitID = splitID
            self.quantity = quantity
        }
    }

    /// A serialized unit.
    package struct Unit: Equatable, Sendable, Decodable {
        package var id: String
        package var serialNumber: String?

        enum CodingKeys: String, CodingKey {
            case id = "part_inventory_id"
            case serialNumber = "serial_number"
        }

        package init(id: String, serialNumber: String?) {
            self.id = id
            self.serialNumber = serialNumber
        }
    }

    /// A step that was completed when the units left.
    package struct PassedStep: Equatable, Sendable, Decodable {
        package var runStepID: String
        package var title: String
        package var attempt: Int

        enum CodingKeys: String, CodingKey {
            case title, attempt
            case runStepID = "run_step_id"
        }

        package init(runStepID: String, title: String, attempt: Int) {
            self.runStepID = runStepID
            self.title = title
            self.attempt = attempt
        }
    }
}
