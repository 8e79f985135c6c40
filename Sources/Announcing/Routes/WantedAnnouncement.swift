// SPDX-License-Identifier: Apache-2.0

public import Declarations

/// A route as it is to be at one neighbour, and what becomes of it when control hangs for good.
public typealias WantedAnnouncement = RouteTerms
