// SPDX-License-Identifier: Apache-2.0

/// What a neighbour is to be told of a route, and what becomes of that when control hangs for good.
///
/// One pointer: the thousands of routes of one `announce` share what they say, and two copies of the
/// same terms are known to be equal without a look into them.
public struct RouteTerms: Hashable, Sendable {
    private final class Box: Sendable {
        let attributes: RouteAttributes
        let whenDown: WhenDown

        init(attributes: RouteAttributes, whenDown: WhenDown) {
            self.attributes = attributes
            self.whenDown = whenDown
        }
    }

    private let box: Box

    public init(attributes: RouteAttributes, whenDown: WhenDown = .withdraw) {
        box = Box(attributes: attributes, whenDown: whenDown)
    }

    public var attributes: RouteAttributes { box.attributes }
    /// What the speaker does by itself when control's lease lapses.
    public var whenDown: WhenDown { box.whenDown }

    /// Whether both are copies of one value: a comparison that costs nothing and may miss equal ones.
    public func isSameCopy(as other: RouteTerms) -> Bool { box === other.box }

    /// Whether these are what both arguments say.
    public func say(_ attributes: RouteAttributes, _ whenDown: WhenDown) -> Bool {
        box.attributes == attributes && box.whenDown == whenDown
    }

    public static func == (left: RouteTerms, right: RouteTerms) -> Bool {
        left.box === right.box || left.say(right.attributes, right.whenDown)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(box.attributes)
        hasher.combine(box.whenDown)
    }
}
