// SPDX-License-Identifier: Apache-2.0

import Scripting

/// The pages that are printed from the names scripts can use (`pharos reference`).
public enum ReferencePages: String, CaseIterable, Sendable {
    case script
    case porting

    public var text: String {
        switch self {
        case .script: ReferencePage.script
        case .porting: ReferencePage.porting
        }
    }
}
