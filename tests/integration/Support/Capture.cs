// SPDX-License-Identifier: Apache-2.0
using Xunit.Sdk;

namespace L7Trace.IntegrationTests.Support;

/// <summary>One of the ways to find the socket behind a descriptor; the core tests run on each.</summary>
public sealed record Capture : IXunitSerializable
{
    /// <summary>By the kernel's sock_send_length and sock_recv_length tracepoints.</summary>
    public static readonly Capture Tracepoints = new() { Name = "tracepoints" };

    /// <summary>By the walk of the task's files, for kernels without them.</summary>
    public static readonly Capture FileWalk = new() { Name = "fd-walk" };

    /// <summary>For theories.</summary>
    public static TheoryData<Capture> All => [Tracepoints, FileWalk];

    /// <summary>Its name in test reports.</summary>
    public string Name { get; private set; } = "";

    internal string[] Options => Name == FileWalk.Name ? ["--fd-walk"] : [];

    /// <inheritdoc/>
    public void Deserialize(IXunitSerializationInfo info) => Name = info.GetValue<string>("name") ?? "";

    /// <inheritdoc/>
    public void Serialize(IXunitSerializationInfo info) => info.AddValue("name", Name);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
