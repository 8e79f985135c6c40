// SPDX-License-Identifier: Apache-2.0

import Declarations

// A declaration whose line moved is the same declaration: these leave out where it was written, and
// which of all bound functions it names.

extension SourceLocation {
    fileprivate static let nowhere = SourceLocation(file: "", line: 0)
}

extension FunctionReference {
    fileprivate var withoutPlaces: FunctionReference {
        FunctionReference(kind: kind, name: name, location: .nowhere, ordinal: 0)
    }
}

extension ServerDeclaration {
    var withoutPlaces: ServerDeclaration {
        var copy = self
        copy.location = .nowhere
        return copy
    }
}

extension PolicyDeclaration {
    var withoutPlaces: PolicyDeclaration {
        guard case .script(let name, let function) = self else { return self }
        return .script(name: name, function: function.withoutPlaces)
    }
}

extension PoolDeclaration {
    var withoutPlaces: PoolDeclaration {
        PoolDeclaration(name: name, policy: policy?.withoutPlaces)
    }
}

extension RuleDeclaration {
    var withoutPlaces: RuleDeclaration {
        RuleDeclaration(selector: selector, action: action, name: name, location: .nowhere)
    }
}

extension CheckDeclaration {
    var withoutPlaces: CheckDeclaration {
        var copy = self
        copy.location = .nowhere
        copy.run = run.withoutPlaces
        copy.runDigest = nil
        return copy
    }

    /// Whether this is declared like `other` and its function does the same; false when in doubt.
    func isSame(as other: CheckDeclaration) -> Bool {
        runDigest != nil && runDigest == other.runDigest && withoutPlaces == other.withoutPlaces
    }
}

extension NeighborDeclaration {
    var withoutPlaces: NeighborDeclaration {
        var copy = self
        copy.location = .nowhere
        return copy
    }
}

extension AnnouncementDeclaration {
    var withoutPlaces: AnnouncementDeclaration {
        var copy = self
        copy.location = .nowhere
        copy.rule = rule?.withoutPlaces
        return copy
    }
}

extension HelperDeclaration {
    var withoutPlaces: HelperDeclaration {
        var copy = self
        copy.location = .nowhere
        return copy
    }
}
