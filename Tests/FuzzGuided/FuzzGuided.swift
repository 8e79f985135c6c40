// SPDX-License-Identifier: Apache-2.0
//
// What libFuzzer calls. PHAROS_FUZZ_TARGET names the target; with PHAROS_FUZZ_SEEDS the corpus is first
// written there, one file an input, as libFuzzer reads it; with PHAROS_FUZZ_REPLAY one file of the
// corpus is run and nothing else.

import Foundation
import FuzzTargets

nonisolated(unsafe) private var target: FuzzTarget?

@_cdecl("LLVMFuzzerInitialize")
public func initialize(
    _: UnsafeMutableRawPointer, _: UnsafeMutableRawPointer
) -> CInt {
    let environment = ProcessInfo.processInfo.environment
    guard let found = environment["PHAROS_FUZZ_TARGET"].flatMap(FuzzTarget.named) else {
        // The script reads them.
        print(FuzzTarget.all.map(\.name).joined(separator: " "))
        exit(2)
    }
    target = found
    if found.name == "pipeline" {
        atexit { print("pipeline: \(FuzzTarget.pipelineMessages) queries and answers") }
    }
    do {
        if let file = environment["PHAROS_FUZZ_REPLAY"] {
            for entry in try Corpus.entries(in: URL(fileURLWithPath: file)) {
                print("\(found.name): \(entry.place)")
                run(entry.bytes)
            }
            exit(0)
        }
        if let folder = environment["PHAROS_FUZZ_SEEDS"] {
            for (index, entry) in try Corpus.entries(of: found.corpus).enumerated() {
                try Data(entry.bytes).write(to: URL(fileURLWithPath: "\(folder)/\(index)"))
            }
        }
    } catch {
        print("fuzz: \(error)")
        exit(2)
    }
    return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}

private func run(_ bytes: [UInt8]) {
    do {
        try target?.run(bytes)
    } catch {
        // libFuzzer keeps the input that the process ends on.
        fatalError("\(error)")
    }
}
