// SPDX-License-Identifier: Apache-2.0

import Balancing
import DNSWire
import LuaRuntime

/// One call of a method of `dq`, `dr` or `dh`.
struct PlaneMethodCall {
    let subject: PlaneSubject
    let query: UnsafeMutablePointer<PolicyQuery>
    let arguments: PlaneArguments
    let writer: PlaneFieldWriter

    func run(_ method: PlaneMethod) {
        switch method {
        case .getDO: writer.set(query.pointee.message?.edns?.dnssecOK ?? false)
        case .getProtocol: writer.set(query.pointee.overTCP ? "Do53 TCP" : "Do53 UDP")
        case .getContent: writer.set(borrowing: content)
        case .getEDNSOptions: writer.set(options: options)
        case .getTrailingData: setTrailingData()
        case .getTag: getTag()
        case .getTagArray: getTagArray()
        // Those of encrypted listeners, which there are none of.
        case .getServerNameIndication, .getIncomingInterface, .getHTTPPath, .getHTTPQueryString,
            .getHTTPHost, .getHTTPScheme:
            writer.set("")
        case .getHTTPHeaders: writer.set(.table(LuaTable()))
        // As in a dnsdist without SNMP, and for a query that did not come over HTTP.
        case .sendTrap, .setHTTPResponse: break
        case .setTag: setTag()
        case .setTagArray: setTagArray()
        // False: it will not be restarted.
        case .setRestartable: writer.set(false)
        case .spoof: PlaneSpoof(call: self).run()
        case .getSelectedBackend:
            let ordinal = query.pointee.server
            writer.set(
                LuaObject(
                    kind: LuaObject.planeServerKind, id: ordinal < 0 ? .max : UInt32(ordinal)))
        case .getID, .getRD, .getCD, .getAA, .getAD, .getRA, .getTC, .getQR: readHeader(method)
        case .setRD, .setCD, .setAA, .setAD, .setRA, .setTC, .setQR: writeHeader(method)
        case .restart: writer.raise("dr:restart is not supported yet: a query is sent once")
        // C calls the script's function itself.
        case .editTTLs: break
        case .setContent, .setTrailingData, .setEDNSOption, .setExtendedDNSError, .changeName,
            .suspend, .addProxyProtocolValue, .setProxyProtocolValues, .getProxyProtocolValues,
            .setNegativeAndAdditionalSOA, .getQueryTime, .getElapsedUs:
            writer.raise("\(subject.name):\(method.rawValue) is not supported yet")
        }
    }

    private var content: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(
            start: query.pointee.packet, count: max(0, Int(query.pointee.packetLength)))
    }

    private var options: [(code: UInt16, values: [[UInt8]])] {
        guard let edns = query.pointee.message?.edns else { return [] }
        let bytes = edns.message
        var options: [(code: UInt16, values: [[UInt8]])] = []
        var offset = edns.optionsRange.lowerBound
        while offset + 4 <= edns.optionsRange.upperBound {
            let code = UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
            let length = Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
            let end = offset + 4 + length
            guard end <= edns.optionsRange.upperBound else { break }
            let value = Array(bytes[offset + 4..<end])
            if let index = options.firstIndex(where: { $0.code == code }) {
                options[index].values.append(value)
            } else {
                options.append((code, [value]))
            }
            offset = end
        }
        return options
    }

    /// What follows the last record.
    private func setTrailingData() {
        guard let message = query.pointee.message, var cursor = RecordCursor(message) else {
            return writer.set("")
        }
        while cursor.next() != nil {}
        let end = cursor.isBroken ? content.count : cursor.nextOffset
        writer.set(borrowing: UnsafeBufferPointer(rebasing: content[min(end, content.count)...]))
    }

    // MARK: Tags

    private func getTag() {
        guard let name = arguments.bytes(0) else {
            return writer.raise("getTag: give a tag's name")
        }
        guard let value = query.pointee.state?.pointee.tags.value(of: UnsafeRawBufferPointer(name))
        else { return writer.set("") }
        writer.set(borrowing: value.bindMemory(to: UInt8.self))
    }

    private func getTagArray() {
        var fields: [LuaTable.Field] = []
        query.pointee.state?.pointee.tags.forEach { name, value in
            fields.append(
                LuaTable.Field(
                    key: .string(LuaString(bytes: Array(name))),
                    value: .string(LuaString(bytes: Array(value)))))
            return true
        }
        writer.set(.table(LuaTable(fields: fields)))
    }

    private func setTag() {
        let value = arguments.value(1)
        guard let name = arguments.value(0).asText, let text = value.isNil ? "" : value.asText
        else {
            return writer.raise("setTag: give a tag's name and its value, both as text")
        }
        // Bytes as they are: text may be no UTF-8.
        let nameBytes = arguments.bytes(0).map { Array($0) } ?? Array(name.utf8)
        let valueBytes = arguments.bytes(1).map { Array($0) } ?? Array(text.utf8)
        set(nameBytes, to: valueBytes, "setTag")
    }

    private func setTagArray() {
        guard case .table(let table) = arguments.value(0) else {
            return writer.raise("setTagArray: give a table of tags, {name = 'value'}")
        }
        for field in table.fields {
            guard case .string(let name) = field.key, let value = field.value.asText else {
                return writer.raise("setTagArray: names and values are text")
            }
            set(name.bytes, to: Array(value.utf8), "setTagArray")
        }
    }

    private func set(_ name: [UInt8], to value: [UInt8], _ call: String) {
        guard let state = query.pointee.state else {
            return writer.raise("\(call): tags cannot be set here")
        }
        let isStored = name.withUnsafeBytes { name in
            value.withUnsafeBytes { value in
                name.count <= Int(UInt16.max) && value.count <= Int(UInt16.max)
                    && state.pointee.tags.set(name, to: value)
            }
        }
        if !isStored {
            writer.raise(
                "\(call): a query's tags may have \(TagList.bytesMax) octets in all")
        }
    }

    // MARK: The header

    private func readHeader(_ method: PlaneMethod) {
        guard let message = query.pointee.message else { return writer.set(false) }
        switch method {
        case .getID: writer.set(Int64(message.id))
        case .getRD: writer.set(message.recursionDesired)
        case .getCD: writer.set(message.checkingDisabled)
        case .getAA: writer.set(message.isAuthoritative)
        case .getAD: writer.set(message.isAuthenticData)
        case .getRA: writer.set(message.recursionAvailable)
        case .getTC: writer.set(message.isTruncated)
        default: writer.set(message.isResponse)
        }
    }

    private func writeHeader(_ method: PlaneMethod) {
        guard let state = query.pointee.state, let header = query.pointee.header else {
            return writer.raise("dh cannot be changed here")
        }
        guard let isOn = arguments.boolean(0) else {
            return writer.raise("\(method.rawValue): give true or false")
        }
        var flags = header.flags
        switch method {
        case .setRD: flags.recursionDesired = isOn
        case .setCD: flags.checkingDisabled = isOn
        case .setAA: flags.isAuthoritative = isOn
        case .setAD: flags.isAuthenticData = isOn
        case .setRA: flags.recursionAvailable = isOn
        case .setTC:
            flags.isTruncated = isOn
            // As dnsdist does: without RA a stub resolver does not believe a TC.
            if isOn { flags.recursionAvailable = flags.recursionDesired }
        default:
            flags.isResponse = isOn
            // On an answer QR says nothing new.
            if !query.pointee.isResponse {
                if isOn {
                    state.pointee.flags.insert(.isAnswered)
                } else {
                    state.pointee.flags.remove(.isAnswered)
                }
            }
        }
        header.setFlags(flags)
    }
}
