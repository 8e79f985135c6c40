// SPDX-License-Identifier: Apache-2.0

import Addressing
import Balancing
import DNSWire
import Declarations
import LuaRuntime

/// What one evaluation of a configuration has declared so far, and what its handles stand for.
///
/// Control's evaluation is the one that counts. The plane's repeat it to get the same handles by
/// ordinal and the same functions; what they declare is dropped (DESIGN §3.3). One thread.
final class Evaluation {
    enum Role: Equatable {
        case control
        case plane
    }

    typealias Body = (Arguments, inout HostCall) throws(ArgumentError) -> [LuaValue]

    /// The VM's closures keep this object, so it must not keep the VM.
    unowned let vm: LuaVM
    let role: Role
    let nodeName: String
    let settings: [String: String]
    /// A plane's VM: what gives servers their tables. `nil` in control's.
    var plane: PlaneEvaluation?
    /// What the VM asks the world, from the journal when it is a plane's.
    private let hooks: EnvironmentHooks
    /// The files of a folder that `includeDirectory` reads, likewise.
    let listFolder: (String) -> [String]?
    /// Where log lines go: nowhere while a plane's VM replays.
    let log: (ScriptLogLine) -> Void
    /// Takes what `print` makes while a person's command runs, instead of ``log``.
    var printed: ((String) -> Void)?
    var configuration: DeclaredConfiguration
    /// By ordinal, beside `configuration.functions`.
    var functions: [LuaFunction] = []
    var selectors: [Selector] = []
    var actions: [Action] = []
    /// Nodes, sets, netmask groups and limiters; a plane's are control's once the file was read.
    var matchObjects = MatchObjects()
    var responseActions: [ResponseAction] = []
    var ruleActions: [RuleDeclaration] = []
    /// The `order` that each server was declared with: `getServer(n)` counts by it in every VM.
    var declaredOrders: [Int] = []
    var lookupKeys: [KeyValueLookupKey] = []
    /// What `when` said, to be resolved when every check is known.
    var pendingConditions: [PendingCondition] = []
    /// Ordinals of the neighbours with `watchPrefixes = true`.
    var neighborsWatchingOwn: Set<Int> = []
    /// What `newServer{check=}` said, likewise.
    var pendingServerChecks: [(check: String, location: SourceLocation)] = []
    /// Calls without effect that were already warned about.
    var warnedCalls: Set<String> = []
    /// Functions defined for scripts, for suggestions.
    private(set) var definedNames: Set<String> = []
    /// Fields and methods of the objects that scripts hold, likewise.
    private(set) var members: [ObjectKind: [String]] = [:]
    /// What all VMs share.
    let shared: SharedValues
    /// The running records of the servers, once control has made them; control's VM only.
    var handles: [ServerHandle] = []
    /// The running packet caches by their declarations' positions, likewise.
    var caches: [PacketCache] = []
    /// The running blocks and rings, likewise.
    var blocks: BlockServices?
    /// Blocks that the file itself ordered, for when it serves.
    var declaredBlocks: [BlockOrder] = []
    /// The plane's clock, in microseconds; a test's own, which it moves.
    var blockClock: () -> UInt64 = Evaluation.nowMicroseconds
    /// The prelude's, which shows a function every name; control's VM only.
    var visitorRunner: LuaFunction?
    /// While it does.
    var suffixWalk: SuffixWalk?
    /// Asks the system's resolver, through the journal.
    var resolve: (String) -> [IPAddress] = { _ in [] }
    /// What `getAddressInfo` was asked, to be answered when the file was read.
    var pendingLookups: [(host: String, callback: LuaFunction)] = []
    /// The flags that `dh` stands for, while a `checkFunction` runs.
    var healthCheckFlags: DNSFlags?
    /// Told when a script changes a server's health check after the file was read.
    var onHealthCheckChange: (ServerDeclaration) -> Void = { _ in }
    /// Told when the file says how long it may take.
    var onLoadTime: (_ milliseconds: Int) -> Void = { _ in }
    /// Declarations are refused once the file was read.
    var isLoading = true
    /// Notes what is called; `pharos validate` only.
    var survey: NameSurvey?

    /// A check named by `when` before it was declared.
    struct PendingCondition {
        let check: String
        let location: SourceLocation
    }

    init(
        vm: LuaVM, role: Role, path: String, nodeName: String, settings: [String: String],
        shared: SharedValues, hooks: EnvironmentHooks,
        listFolder: @escaping (String) -> [String]?,
        log: @escaping (ScriptLogLine) -> Void
    ) {
        self.vm = vm
        self.role = role
        self.nodeName = nodeName
        self.settings = settings
        self.shared = shared
        self.hooks = hooks
        self.listFolder = listFolder
        self.log = log
        configuration = DeclaredConfiguration(path: path)
        configuration.scriptLimits.memoryBytesMax = vm.limits.memoryBytesMax
    }

    /// Makes `path` a function of scripts; what `body` throws is raised at the caller's line.
    func define(_ path: String, _ body: @escaping Body) throws(LuaError) {
        definedNames.insert(path)
        try vm.define(path) { [unowned self] call in
            // While the file is read a declaration keeps its functions; nothing does later.
            defer { if !isLoading { call.releaseFunctions() } }
            guard let survey else { return Self.run(path, body, &call) }
            return run(path, body, &call, noting: survey)
        }
    }

    /// Calls `body` as ever, but notes the call first, and may pass over what it throws.
    private func run(
        _ path: String, _ body: Body, _ call: inout HostCall, noting survey: NameSurvey
    ) -> HostOutcome {
        let location = location(of: call)
        if isLoading { survey.noteCall(path, call.arguments, at: location) }
        let outcome = Self.run(path, body, &call)
        guard case .raised(let message) = outcome, isLoading,
            survey.passesOver(call.arguments, message, at: location)
        else { return outcome }
        call.results = [ObjectKind.inert.handle(0)]
        return .returned
    }

    /// Counts a function that the prelude defines among what suggestions know.
    func noteDefined(_ path: String) {
        definedNames.insert(path)
    }

    /// Like ``define(_:_:)``, for functions that declare: they may not be called later.
    func declare(_ path: String, _ body: @escaping Body) throws(LuaError) {
        try define(path) { [unowned self] (arguments, call) throws(ArgumentError) in
            guard isLoading else {
                throw ArgumentError("\(path): only while the configuration is read")
            }
            return try body(arguments, &call)
        }
    }

    /// Makes handles of `kind` readable: `read` gets the ordinal and one of `fields`.
    func defineKind(
        _ kind: ObjectKind, methods: [String: HostFunction] = [:], fields: [String] = [],
        read: ((Int, String) -> LuaValue)? = nil, text: HostFunction? = nil
    ) throws(LuaError) {
        let known = fields + methods.keys.sorted()
        try defineKind(
            kind, fields: fields,
            LuaKind(
                name: kind.name, methods: methods,
                get: { call in
                    guard let object = call.receiver, let key = call[0].text, let read,
                        fields.contains(key)
                    else {
                        return .raised(
                            "\(kind.nameWithArticle) has no field \(call[0].words)"
                                + NearestName.suggestion(
                                    for: call[0].asText ?? "", among: known))
                    }
                    call.results = [read(Int(object.id), key)]
                    return .returned
                }, text: text))
    }

    /// The file was read: what declares is refused from now on.
    func endLoading() {
        isLoading = false
        matchObjects.endLoading()
    }

    /// Defines a kind that reads its own fields, which are `fields`.
    func defineKind(
        _ kind: ObjectKind, fields: [String] = [], _ description: LuaKind
    ) throws(LuaError) {
        members[kind, default: []] += fields + description.methods.keys
        try vm.defineKind(kind.rawValue, description)
    }

    static func run(_ path: String, _ body: Body, _ call: inout HostCall) -> HostOutcome {
        do throws(ArgumentError) {
            call.results = try body(Arguments(call: path, values: call.arguments), &call)
            return .returned
        } catch {
            return .raised(error.description)
        }
    }

    func location(of call: HostCall) -> SourceLocation {
        guard let caller = call.caller else {
            return SourceLocation(file: configuration.path, line: 1)
        }
        return SourceLocation(file: caller.file, line: caller.line)
    }

    /// Keeps a function that the daemon will call. The same one under the same name is kept once.
    func bind(
        _ function: LuaFunction, kind: FunctionReference.Kind, name: String
    ) -> FunctionReference {
        // One that is not Lua (os.time, print) has no place of its own.
        let place = vm.location(of: function) ?? (file: configuration.path, line: 1)
        let reference = FunctionReference(
            kind: kind, name: name, location: SourceLocation(file: place.file, line: place.line),
            ordinal: functions.count)
        functions.append(function)
        configuration.functions.append(reference)
        return reference
    }

    /// A file's bytes, from the journal when it is a plane's.
    func readFile(_ path: String) -> EnvironmentHooks.FileRead {
        do throws(EnvironmentError) {
            return try hooks.readFile(path)
        } catch {
            return .failure(message: error.description, errno: 0)
        }
    }

    func warn(_ text: String, at location: SourceLocation) {
        configuration.warnings.append("\(location): \(text)")
    }
}
