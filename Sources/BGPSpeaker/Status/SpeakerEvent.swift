// SPDX-License-Identifier: Apache-2.0

public import Addressing
public import Declarations

/// Something that happened, for logs, `pharos events` and the demonstration.
public enum SpeakerEvent: Sendable {
    /// `reason` says why a session ended or an attempt failed.
    case stateChanged(
        NeighborKey, from: NeighborState, to: NeighborState, reason: String?)
    /// Routes that a neighbour sent; they are imported nowhere.
    case routesReceived(
        NeighborKey, announced: [IPPrefix], AnnouncedAttributes, withdrawn: [IPPrefix])
    /// A neighbour says something else of a prefix that is watched; the status has it.
    case watchChanged(NeighborKey)
    /// Control renewed no lease in time: the routes went to their `whenDown` state.
    case leaseLapsed
    /// A publish ended the lapse.
    case leaseRestored
}
