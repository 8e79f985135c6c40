// SPDX-License-Identifier: Apache-2.0

/// Which coroutine of a run is being resumed: how host functions find the run that called them.
final class RunSlot {
    var current: CheckBranch?
}
