// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Fields;

/// <summary>A container.</summary>
/// <param name="Id">Its id: 64 hexadecimal digits.</param>
/// <param name="Name">Its name, when the engine tells.</param>
public sealed record ContainerFacts(string Id, string? Name)
{
    private const int ShortLength = 12;

    /// <summary>The id as engines show it in their lists.</summary>
    public string ShortId => Id[..Math.Min(ShortLength, Id.Length)];

    /// <summary>What people call it.</summary>
    public override string ToString() => Name ?? ShortId;
}
