// SPDX-License-Identifier: Apache-2.0
using L7Trace.Fuzz;
using SharpFuzz;

// `L7Trace.Fuzz TARGET`: under afl-fuzz (scripts/fuzz starts it); `L7Trace.Fuzz TARGET FILE...`: these inputs, once each,
// to look at a find. `L7Trace.Fuzz seeds FOLDER [TARGET]` writes inputs to begin with.
if (args is ["seeds", var folder, .. var of])
{
    switch (of)
    {
        case ["http1"]:
            HttpSeeds.Write(folder, HttpSeeds.Http1);
            break;
        case ["http2"]:
            HttpSeeds.Write(folder, HttpSeeds.Http2);
            break;
        default:
            SegmentSeeds.Write(folder);
            break;
    }

    return 0;
}

var targets = new Dictionary<string, Action<byte[]>>(StringComparer.Ordinal)
{
    ["segments"] = SegmentTarget.Run,
    ["http1"] = HttpTarget.Run,
    ["http2"] = HttpTarget.Run,
    ["captures"] = CaptureTarget.Run,
};
if (args.Length == 0 || !targets.TryGetValue(args[0], out var target))
{
    Console.Error.WriteLine($"usage: L7Trace.Fuzz {string.Join('|', targets.Keys)} [FILE...]");
    return 2;
}

AppDomain.CurrentDomain.FirstChanceException += (_, e) => SegmentTarget.LastException = e.Exception;
if (args.Length > 1)
{
    foreach (var file in args.AsSpan(1))
    {
        Console.WriteLine(file);
        target(File.ReadAllBytes(file));
    }

    return 0;
}

var buffer = new byte[1 << 20];
Fuzzer.OutOfProcess.Run(stream =>
{
    var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
    target(buffer[..length]);
});
return 0;
